/// The loops over numbers, specialised for both types.
enum Loops {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func transpose<Scalar: Real>(
    _ input: [Scalar],
    rowCount: Int,
    columnCount: Int
  ) -> [Scalar] {
    var output = [Scalar](repeating: 0, count: input.count)
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        output[column * rowCount + row] = input[row * columnCount + column]
      }
    }
    return output
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func add<Scalar: Real>(_ input: [Scalar], into output: inout [Scalar]) {
    for index in output.indices { output[index] += input[index] }
  }

  /// Adds `row` to each row of `output`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func addRow<Scalar: Real>(_ row: [Scalar], into output: inout [Scalar]) {
    for start in stride(from: 0, to: output.count, by: max(row.count, 1)) {
      for column in row.indices { output[start + column] += row[column] }
    }
  }

  /// The sum of all rows.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func sumRows<Scalar: Real>(_ input: [Scalar], columnCount: Int) -> [Scalar] {
    var total = [Scalar](repeating: 0, count: columnCount)
    for start in stride(from: 0, to: input.count, by: max(columnCount, 1)) {
      for column in 0..<columnCount { total[column] += input[start + column] }
    }
    return total
  }

  /// `left [n, k] · right [m, k]ᵀ` into `[n, m]`, the plainest way.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func multiply<Scalar: Real>(_ left: [Scalar], _ right: [Scalar], depth: Int) -> [Scalar] {
    let (rowCount, columnCount) = (left.count / depth, right.count / depth)
    var output = [Scalar](repeating: 0, count: rowCount * columnCount)
    for row in 0..<rowCount {
      for column in 0..<columnCount {
        var sum: Scalar = 0
        for index in 0..<depth { sum += left[row * depth + index] * right[column * depth + index] }
        output[row * columnCount + column] = sum
      }
    }
    return output
  }

  /// `silu(gate) · up` for rows that hold `width` gates, then as many ups.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func swiGLU<Scalar: Real>(_ input: [Scalar], width: Int) -> [Scalar] {
    var output = [Scalar](repeating: 0, count: input.count / 2)
    for row in 0..<(output.count / max(width, 1)) {
      for column in 0..<width {
        let gate = input[2 * row * width + column]
        let up = input[(2 * row + 1) * width + column]
        output[row * width + column] = gate / (1 + Scalar.exponential(-gate)) * up
      }
    }
    return output
  }

  /// The gradient of ``swiGLU(_:width:)`` with respect to its input, from that of its output.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func swiGLUGradient<Scalar: Real>(
    _ input: [Scalar],
    width: Int,
    _ output: [Scalar]
  ) -> [Scalar] {
    var gradient = [Scalar](repeating: 0, count: input.count)
    for row in 0..<(output.count / max(width, 1)) {
      for column in 0..<width {
        let (first, second) = (2 * row * width + column, (2 * row + 1) * width + column)
        let (gate, up) = (input[first], input[second])
        let sigmoid = 1 / (1 + Scalar.exponential(-gate))
        let incoming = output[row * width + column]
        gradient[first] = incoming * up * sigmoid * (1 + gate * (1 - sigmoid))
        gradient[second] = incoming * gate * sigmoid
      }
    }
    return gradient
  }

  /// `Σ weight · (input - target)²`, each row by its weight.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func squaredError<Scalar: Real>(
    _ input: [Scalar],
    _ target: [Scalar],
    _ weights: [Scalar]
  ) -> Scalar {
    let columnCount = input.count / weights.count
    var total: Scalar = 0
    for row in weights.indices {
      var sum: Scalar = 0
      for index in (row * columnCount)..<((row + 1) * columnCount) {
        let error = input[index] - target[index]
        sum += error * error
      }
      total += weights[row] * sum
    }
    return total
  }

  /// `2 · scale · weight · (input - target)`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func squaredErrorGradient<Scalar: Real>(
    _ input: [Scalar],
    _ target: [Scalar],
    _ weights: [Scalar],
    scale: Scalar
  ) -> [Scalar] {
    let columnCount = input.count / weights.count
    var gradient = [Scalar](repeating: 0, count: input.count)
    for row in weights.indices {
      let factor = 2 * scale * weights[row]
      for index in (row * columnCount)..<((row + 1) * columnCount) {
        gradient[index] = factor * (input[index] - target[index])
      }
    }
    return gradient
  }
}
