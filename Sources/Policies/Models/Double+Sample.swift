extension [Double] {
  /// Nil where there is nothing to average.
  var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

  /// Of a sample; 0 with fewer than two values.
  var standardDeviation: Double {
    guard count > 1, let mean else { return 0 }
    let squares = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(count - 1)).squareRoot()
  }
}
