import Applications

/// Fewer replicas only after some slices that agree, and by a fifth at most in one slice; more at once.
///
/// After stage two of our reconstruction, which asks for three slices.
struct ShrinkRule: Hashable, Sendable {
  private let sliceCount: Int
  private var recent: [ServiceName: [Int]] = [:]

  init(sliceCount: Int) { self.sliceCount = sliceCount }

  mutating func settle(_ service: ServiceName, wanted: Int, current: Int) -> Int {
    var plans = recent[service, default: []]
    plans.append(wanted)
    if plans.count > sliceCount { plans.removeFirst() }
    recent[service] = plans
    guard wanted < current else { return wanted }
    guard plans.count == sliceCount, let highest = plans.max(), highest < current else {
      return current
    }
    return max(highest, current - max(1, current / 5))
  }
}
