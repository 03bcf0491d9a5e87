/// How long a crashed replica waits before it is started again.
///
/// Kubernetes' rule, ten times as fast: the delay doubles with each crash up to a limit, and a replica that ran
/// well for long enough starts over (Kubernetes: 10 s, 5 min, 10 min).
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
