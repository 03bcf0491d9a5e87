import CProcesses
package import NIOCore

extension EventLoop {
  /// Lets this loop's thread interrupt those that compute.
  ///
  /// A thread that only passes requests on needs a CPU for some microseconds, but where all are taken it would wait
  /// until one that computes has had its turn of several milliseconds, at every step of a request. A kernel that
  /// knows no turns of different lengths changes nothing.
  package func takeShortTurns() {
    execute { _ = plimsoll_set_turn(100_000) }
  }
}
