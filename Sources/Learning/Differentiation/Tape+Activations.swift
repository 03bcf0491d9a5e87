/// A function of one number, between layers.
package enum Activation: Sendable, Hashable {
  case sigmoid
  case hyperbolicTangent
  /// `max(x, 0)`.
  case rectifier
}

extension Tape {
  /// Each number through `activation`.
  package func apply(_ activation: Activation, to input: Variable) -> Variable {
    let value = self[input]
    let elements =
      switch activation {
      case .sigmoid: Loops.sigmoid(value.elements)
      case .hyperbolicTangent: Loops.hyperbolicTangent(value.elements)
      case .rectifier: Loops.rectify(value.elements)
      }
    return record(value.replacing(elements), from: [input]) { gradient, gradients in
      let slopes = Loops.activationGradient(activation, elements, gradient.elements)
      gradients.add(value.replacing(slopes), to: input)
    }
  }

  /// Each number times its own constant factor.
  package func scale(_ input: Variable, by factors: RealMatrix<Scalar>) -> Variable {
    let value = self[input]
    precondition(
      factors.elements.count == value.elements.count,
      "\(factors.elements.count) factors"
    )
    let output = value.replacing(Loops.scale(value.elements, by: factors.elements))
    return record(output, from: [input]) { gradient, gradients in
      let elements = Loops.scale(gradient.elements, by: factors.elements)
      gradients.add(value.replacing(elements), to: input)
    }
  }

  /// Drops the share `rate` of the numbers by chance and raises the others, so that the mean stays.
  ///
  /// For training; what is learnt is used without it. Srivastava and others 2014, scaled at training time.
  package func dropout(
    _ input: Variable,
    rate: Scalar,
    using generator: inout some RandomNumberGenerator
  ) -> Variable {
    precondition((0..<1).contains(rate), "a rate of \(rate)")
    guard rate > 0 else { return input }
    let value = self[input]
    let kept = value.elements.map { _ in
      Double.random(in: 0..<1, using: &generator) < Double(rate) ? 0 : 1 / (1 - rate)
    }
    return scale(input, by: value.replacing(kept))
  }

  /// Each row to mean 0 and variance 1, then times `gain` and plus `shift`, both `[1, columns]`.
  func normalizeRows(
    _ input: Variable,
    gain: Variable,
    shift: Variable,
    epsilon: Scalar
  ) -> Variable {
    let (value, gains) = (self[input], self[gain])
    precondition(gains.rowCount == 1 && gains.columnCount == value.columnCount)
    let (normal, factors) = Loops.normalize(
      value.elements,
      columnCount: value.columnCount,
      epsilon: epsilon
    )
    let repeated = (0..<value.rowCount).flatMap { _ in gains.elements }
    let output = value.replacing(Loops.scale(normal, by: repeated))
    let scaled = record(output, from: [input, gain]) { gradient, gradients in
      if gradients.wants(input) {
        let incoming = Loops.scale(gradient.elements, by: repeated)
        let elements = Loops.normalizeGradient(normal, factors: factors, incoming)
        gradients.add(value.replacing(elements), to: input)
      }
      let products = Loops.scale(gradient.elements, by: normal)
      let total = Loops.sumRows(products, columnCount: value.columnCount)
      gradients.add(gains.replacing(total), to: gain)
    }
    return addRow(scaled, shift)
  }
}
