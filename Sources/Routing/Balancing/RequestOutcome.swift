/// How one try of a request at one endpoint ended.
package enum RequestOutcome: Hashable, Sendable {
  /// With a whole answer; its status.
  case answered(Int)
  /// No connection could be made: the endpoint saw nothing of it.
  case unconnected
  /// The connection ended before the answer did.
  case broken
  /// The endpoint made no progress for too long.
  case timedOut
  /// The client went away: says nothing about the endpoint.
  case abandoned
}
