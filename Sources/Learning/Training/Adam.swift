/// Adam (Kingma and Ba 2015) and, with a weight decay, AdamW (Loshchilov and Hutter 2019).
///
/// The state is a value: kept beside the parameters, training goes on as if never interrupted.
package struct Adam<Scalar: Real>: Sendable, Hashable {
  /// How fast and with what memory.
  package struct Rates: Sendable, Hashable {
    package var beta1: Scalar = 0.9
    package var beta2: Scalar = 0.999
    package var epsilon: Scalar = 1e-8
    /// Share of each parameter that a step of learning rate one would take away, apart from the gradient.
    package var weightDecay: Scalar = 0

    package init() {}
  }

  package var rates: Rates
  package private(set) var stepCount = 0
  /// The running means of the gradients and of their squares.
  package private(set) var first: Parameters<Scalar>
  package private(set) var second: Parameters<Scalar>

  package init(_ parameters: Parameters<Scalar>, rates: Rates = Rates()) {
    self.rates = rates
    first = parameters.zeros
    second = parameters.zeros
  }

  /// Goes on where an earlier training stopped.
  package init(
    rates: Rates,
    stepCount: Int,
    first: Parameters<Scalar>,
    second: Parameters<Scalar>
  ) {
    self.rates = rates
    self.stepCount = stepCount
    self.first = first
    self.second = second
  }

  /// One step down `gradients`.
  package mutating func step(
    _ parameters: inout Parameters<Scalar>,
    _ gradients: Parameters<Scalar>,
    learningRate: Scalar
  ) {
    stepCount += 1
    let step = AdamStep(rates, learningRate, stepCount: stepCount)
    for name in parameters.names {
      let gradient = gradients.required(name).elements
      var weights = parameters.required(name)
      var (mean, square) = (first.required(name), second.required(name))
      Loops.adam(&weights.elements, gradient, &mean.elements, &square.elements, step)
      (parameters[name], first[name], second[name]) = (weights, mean, square)
    }
  }
}

/// The factors of one step.
struct AdamStep<Scalar: Real> {
  let rates: Adam<Scalar>.Rates
  let learningRate: Scalar
  /// What the moments still lack, as they started from zero.
  let firstCorrection: Scalar
  let secondCorrection: Scalar

  init(_ rates: Adam<Scalar>.Rates, _ learningRate: Scalar, stepCount: Int) {
    self.rates = rates
    self.learningRate = learningRate
    firstCorrection = 1 - Self.power(rates.beta1, stepCount)
    secondCorrection = 1 - Self.power(rates.beta2, stepCount)
  }

  private static func power(_ base: Scalar, _ exponent: Int) -> Scalar {
    var (result, factor, rest) = (Scalar(1), base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      (factor, rest) = (factor * factor, rest >> 1)
    }
    return result
  }
}

extension Loops {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func adam<Scalar: Real>(
    _ numbers: inout [Scalar],
    _ gradient: [Scalar],
    _ first: inout [Scalar],
    _ second: inout [Scalar],
    _ step: AdamStep<Scalar>
  ) {
    let rates = step.rates
    let decay = 1 - step.learningRate * rates.weightDecay
    for index in numbers.indices {
      let slope = gradient[index]
      first[index] += (1 - rates.beta1) * (slope - first[index])
      second[index] += (1 - rates.beta2) * (slope * slope - second[index])
      let spread = (second[index] / step.secondCorrection).squareRoot() + rates.epsilon
      numbers[index] =
        numbers[index] * decay - step.learningRate * (first[index] / step.firstCorrection) / spread
    }
  }
}
