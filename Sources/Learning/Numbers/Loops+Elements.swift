// Loops that look at each number by itself.
extension Loops {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func sigmoid<Scalar: Real>(_ input: [Scalar]) -> [Scalar] {
    input.map { 1 / (1 + Scalar.exponential(-$0)) }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func hyperbolicTangent<Scalar: Real>(_ input: [Scalar]) -> [Scalar] {
    input.map { Scalar.hyperbolicTangent($0) }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func rectify<Scalar: Real>(_ input: [Scalar]) -> [Scalar] { input.map { max($0, 0) } }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func scale<Scalar: Real>(_ numbers: inout [Scalar], by factor: Scalar) {
    for index in numbers.indices { numbers[index] *= factor }
  }

  /// The sum of the squares.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func squares<Scalar: Real>(_ numbers: [Scalar]) -> Scalar {
    var sum: Scalar = 0
    for number in numbers { sum += number * number }
    return sum
  }

  /// `left · right`, number by number.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func scale<Scalar: Real>(_ left: [Scalar], by right: [Scalar]) -> [Scalar] {
    var output = left
    for index in output.indices { output[index] *= right[index] }
    return output
  }

  /// The gradient with respect to the input of an activation, from its output and the output's gradient.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func activationGradient<Scalar: Real>(
    _ activation: Activation,
    _ output: [Scalar],
    _ gradient: [Scalar]
  ) -> [Scalar] {
    var result = gradient
    switch activation {
    case .sigmoid:
      for index in result.indices { result[index] *= output[index] * (1 - output[index]) }
    case .hyperbolicTangent:
      for index in result.indices { result[index] *= 1 - output[index] * output[index] }
    case .rectifier: for index in result.indices where output[index] <= 0 { result[index] = 0 }
    }
    return result
  }

  /// Adds rows of `width` numbers to rows that lie `stride` apart in `output`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func add<Scalar: Real>(
    _ input: [Scalar],
    width: Int,
    into output: inout [Scalar],
    at start: Int,
    stride: Int
  ) {
    for row in 0..<(input.count / max(width, 1)) {
      for column in 0..<width {
        output[start + row * stride + column] += input[row * width + column]
      }
    }
  }
}
