// One step of a recurrent network: what lies between its two products.
extension Loops {
  /// The gates `[reset | update | candidate]` and the next state of gated recurrent units, each row by itself.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func gatedUnits<Scalar: Real>(
    _ projected: [Scalar],
    _ recurrent: [Scalar],
    _ state: [Scalar],
    unitCount: Int
  ) -> (gates: [Scalar], next: [Scalar]) {
    var gates = [Scalar](repeating: 0, count: projected.count)
    var next = [Scalar](repeating: 0, count: state.count)
    for row in 0..<(state.count / unitCount) {
      let start = 3 * row * unitCount
      for unit in 0..<unitCount {
        let (first, second, third) = (
          start + unit, start + unitCount + unit, start + 2 * unitCount + unit
        )
        let reset = 1 / (1 + Scalar.exponential(-(projected[first] + recurrent[first])))
        let update = 1 / (1 + Scalar.exponential(-(projected[second] + recurrent[second])))
        let candidate = Scalar.hyperbolicTangent(projected[third] + reset * recurrent[third])
        (gates[first], gates[second], gates[third]) = (reset, update, candidate)
        let place = row * unitCount + unit
        next[place] = candidate + update * (state[place] - candidate)
      }
    }
    return (gates, next)
  }

  /// The gradients of what ``gatedUnits(_:_:_:unitCount:)`` is given, from that of the next state.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func gatedUnitsGradient<Scalar: Real>(
    gates: [Scalar],
    _ recurrent: [Scalar],
    _ state: [Scalar],
    _ gradient: [Scalar],
    unitCount: Int
  ) -> (projected: [Scalar], recurrent: [Scalar], state: [Scalar]) {
    var projectedGradient = [Scalar](repeating: 0, count: gates.count)
    var recurrentGradient = projectedGradient
    var stateGradient = [Scalar](repeating: 0, count: state.count)
    for row in 0..<(state.count / unitCount) {
      let start = 3 * row * unitCount
      for unit in 0..<unitCount {
        let (first, second, third) = (
          start + unit, start + unitCount + unit, start + 2 * unitCount + unit
        )
        let (reset, update, candidate) = (gates[first], gates[second], gates[third])
        let place = row * unitCount + unit
        let incoming = gradient[place]
        let toCandidate = incoming * (1 - update) * (1 - candidate * candidate)
        let toReset = toCandidate * recurrent[third] * reset * (1 - reset)
        let toUpdate = incoming * (state[place] - candidate) * update * (1 - update)
        projectedGradient[first] = toReset
        projectedGradient[second] = toUpdate
        projectedGradient[third] = toCandidate
        recurrentGradient[first] = toReset
        recurrentGradient[second] = toUpdate
        recurrentGradient[third] = toCandidate * reset
        stateGradient[place] = incoming * update
      }
    }
    return (projectedGradient, recurrentGradient, stateGradient)
  }

  /// The gates `[input | forget | candidate | output]` of a long short-term memory and its next `[state | cell]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func memory<Scalar: Real>(
    _ sums: [Scalar],
    _ cell: [Scalar],
    unitCount: Int
  ) -> (gates: [Scalar], next: [Scalar]) {
    var gates = [Scalar](repeating: 0, count: sums.count)
    var next = [Scalar](repeating: 0, count: 2 * cell.count)
    for row in 0..<(cell.count / unitCount) {
      for unit in 0..<unitCount {
        let place = 4 * row * unitCount + unit
        let input = 1 / (1 + Scalar.exponential(-sums[place]))
        let forget = 1 / (1 + Scalar.exponential(-sums[place + unitCount]))
        let candidate = Scalar.hyperbolicTangent(sums[place + 2 * unitCount])
        let output = 1 / (1 + Scalar.exponential(-sums[place + 3 * unitCount]))
        (gates[place], gates[place + unitCount]) = (input, forget)
        (gates[place + 2 * unitCount], gates[place + 3 * unitCount]) = (candidate, output)
        let kept = forget * cell[row * unitCount + unit] + input * candidate
        next[2 * row * unitCount + unit] = output * Scalar.hyperbolicTangent(kept)
        next[(2 * row + 1) * unitCount + unit] = kept
      }
    }
    return (gates, next)
  }

  /// The gradients of what ``memory(_:_:unitCount:)`` is given, from that of its next `[state | cell]`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func memoryGradient<Scalar: Real>(
    gates: [Scalar],
    _ cell: [Scalar],
    next: [Scalar],
    _ gradient: [Scalar],
    unitCount: Int
  ) -> (sums: [Scalar], cell: [Scalar]) {
    var sumsGradient = [Scalar](repeating: 0, count: gates.count)
    var cellGradient = [Scalar](repeating: 0, count: cell.count)
    for row in 0..<(cell.count / unitCount) {
      for unit in 0..<unitCount {
        let place = 4 * row * unitCount + unit
        let (input, forget) = (gates[place], gates[place + unitCount])
        let (candidate, output) = (gates[place + 2 * unitCount], gates[place + 3 * unitCount])
        let (stateAt, cellAt) = (2 * row * unitCount + unit, (2 * row + 1) * unitCount + unit)
        let squashed = Scalar.hyperbolicTangent(next[cellAt])
        let toCell =
          gradient[cellAt] + gradient[stateAt] * output * (1 - squashed * squashed)
        let previous = cell[row * unitCount + unit]
        sumsGradient[place] = toCell * candidate * input * (1 - input)
        sumsGradient[place + unitCount] = toCell * previous * forget * (1 - forget)
        sumsGradient[place + 2 * unitCount] = toCell * input * (1 - candidate * candidate)
        sumsGradient[place + 3 * unitCount] =
          gradient[stateAt] * squashed * output * (1 - output)
        cellGradient[row * unitCount + unit] = toCell * forget
      }
    }
    return (sumsGradient, cellGradient)
  }
}
