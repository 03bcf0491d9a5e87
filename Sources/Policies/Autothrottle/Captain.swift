/// The local controller: holds one service's share of throttled periods at a target by its CPU quota.
///
/// After Autothrottle's Captain (NSDI 2024, section 3.2): up by what throttling exceeds three times the target, down to the highest use with a
/// margin that learns, back up at once when a step down was wrong.
struct Captain: Hashable, Sendable {
  /// Cores of one replica.
  private(set) var quota: Double
  /// Standard deviations of use that stay above the highest use.
  private(set) var margin = 3.0
  /// The share of CFS periods that may be throttled.
  var target: Double
  private let range: ClosedRange<Double>
  private var usages: [Double] = []
  /// The quota before the latest step down, until that step has been judged.
  private var quotaBefore: Double?

  /// Readings in which the highest use is looked for.
  private static let readingCount = 15
  private static let alarm = 3.0
  private static let leastStep = 0.9
  private static let mostStep = 0.5

  init(quota: Double, target: Double, range: ClosedRange<Double>) {
    self.quota = quota
    self.target = target
    self.range = range
  }

  /// Takes the share of throttled periods and the cores in use of one replica since the last call.
  mutating func observe(throttled: Double, usage: Double) {
    usages.append(usage)
    if usages.count > Self.readingCount { usages.removeFirst() }
    margin = max(0, margin + throttled - target)
    let excess = throttled - Self.alarm * target
    if excess > 0 {
      // A wrong step down is taken back and as much again is given.
      let restored = quotaBefore.map { 2 * $0 - quota } ?? quota
      set(quotaBefore == nil ? quota * (1 + excess) : restored)
      quotaBefore = nil
    } else {
      quotaBefore = nil
      let wanted = (usages.max() ?? 0) + usages.standardDeviation * margin
      guard usages.count == Self.readingCount, wanted <= quota * Self.leastStep else { return }
      quotaBefore = quota
      set(max(quota * Self.mostStep, wanted))
    }
  }

  private mutating func set(_ cores: Double) {
    quota = min(max(cores, range.lowerBound), range.upperBound)
  }
}
