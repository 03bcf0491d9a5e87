/// How many replicas of which size.
struct ReplicaShape: Hashable, Sendable {
  var count: Int
  /// Cores of each.
  var cores: Double

  /// The shape that holds so many cores: sizes first, as a resize is live; counts only where the size has come to its bounds.
  ///
  /// Sizes are multiples of `step`, rounded up.
  init(
    holding need: Double,
    from current: Int,
    sizes: ClosedRange<Double>,
    counts: ClosedRange<Int>,
    step: Double
  ) {
    count = min(max(current, counts.lowerBound), counts.upperBound)
    if need > Double(count) * sizes.upperBound {
      count = Int((need / sizes.upperBound).rounded(.up))
    } else if need < Double(count) * sizes.lowerBound {
      count = Int((need / sizes.lowerBound).rounded(.up))
    }
    count = min(max(count, max(1, counts.lowerBound)), max(1, counts.upperBound))
    // What is a multiple but for its last bits must not become the next one.
    let size = ((need / Double(count)) / step - 1e-9).rounded(.up) * step
    cores = min(max(size, sizes.lowerBound), sizes.upperBound)
  }
}
