extension Tape {
  /// The next state of gated recurrent units.
  ///
  /// `projected` and `recurrent [n, 3 · units]` are the products with the input and with `state [n, units]`.
  func gatedUnits(_ projected: Variable, _ recurrent: Variable, _ state: Variable) -> Variable {
    let (first, second, value) = (self[projected], self[recurrent], self[state])
    let unitCount = value.columnCount
    let (gates, next) = Loops.gatedUnits(
      first.elements,
      second.elements,
      value.elements,
      unitCount: unitCount
    )
    return record(value.replacing(next), from: [projected, recurrent, state]) {
      gradient,
      gradients in
      let (toProjected, toRecurrent, toState) = Loops.gatedUnitsGradient(
        gates: gates,
        second.elements,
        value.elements,
        gradient.elements,
        unitCount: unitCount
      )
      if gradients.wants(projected) { gradients.add(first.replacing(toProjected), to: projected) }
      if gradients.wants(recurrent) { gradients.add(second.replacing(toRecurrent), to: recurrent) }
      if gradients.wants(state) { gradients.add(value.replacing(toState), to: state) }
    }
  }

  /// The next `[state | cell]` of a long short-term memory, from its four sums and its `cell [n, units]`.
  func memory(_ sums: Variable, _ cell: Variable) -> Variable {
    let (first, value) = (self[sums], self[cell])
    let unitCount = value.columnCount
    let (gates, next) = Loops.memory(first.elements, value.elements, unitCount: unitCount)
    let output = RealMatrix(
      rowCount: value.rowCount,
      columnCount: 2 * unitCount,
      elements: next
    )
    return record(output, from: [sums, cell]) { gradient, gradients in
      let (toSums, toCell) = Loops.memoryGradient(
        gates: gates,
        value.elements,
        next: next,
        gradient.elements,
        unitCount: unitCount
      )
      if gradients.wants(sums) { gradients.add(first.replacing(toSums), to: sums) }
      if gradients.wants(cell) { gradients.add(value.replacing(toCell), to: cell) }
    }
  }
}
