/// How many threads compute a step.
package struct ThreadPlan: Sendable, Hashable, CustomStringConvertible {
  package let threadCount: Int
  package let limits: MachineLimits

  /// As many as asked for, otherwise one for each core that the process may really use.
  ///
  /// More threads than the control group's quota would be throttled in the middle of a step, all of them at once.
  package init(requested: Int?, _ limits: MachineLimits) {
    let granted = limits.coreQuota.map { max(Int($0.rounded(.down)), 1) } ?? limits.coreCount
    threadCount = max(requested ?? min(granted, limits.coreCount), 1)
    self.limits = limits
  }

  package var description: String {
    let quota = limits.coreQuota.map { ", quota of \($0)" } ?? ""
    return "threads: \(threadCount) (\(limits.coreCount) cores allowed\(quota))"
  }
}
