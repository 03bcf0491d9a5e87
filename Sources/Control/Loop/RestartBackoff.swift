/// How long a crashed replica waits before it is started again: the same in every world of ours.
///
/// The kubelet's rule with the delays of its feature gate `ReduceDefaultCrashLoopBackOffDecay`, at half its limit:
/// the delay doubles with each crash in a row, and a replica that ran well for long enough starts over.
package struct RestartBackoff: Hashable, Sendable {
  package var first = Duration.seconds(1)
  package var limit = Duration.seconds(30)
  package var forgivingTime = Duration.seconds(60)

  package init() {}

  /// The delay after the n-th crash in a row; the first is 1.
  package func delay(afterCrash count: Int) -> Duration {
    precondition(count > 0, "the delay after crash \(count)")
    return min(first * (1 << min(count - 1, 20)), limit)
  }
}
