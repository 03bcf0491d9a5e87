/// When a request that failed at one endpoint is tried at another.
///
/// A try that never reached an endpoint is always repeated. One that may have reached it is repeated only if
/// the request is idempotent (RFC 9110, section 9.2.2, or by an `Idempotency-Key`), nothing of an answer has
/// been passed on, and the budget allows: Envoy's retry budget with its defaults, so that retries cannot
/// multiply an overload. A status, 503 included, is an answer and is passed on.
package struct RetryPolicy: Hashable, Sendable {
  /// Tries in all, of requests that may have reached an endpoint.
  package var attemptLimit = 3
  /// Requests being retried, as a share of all that are in flight.
  package var budgetShare = 0.2
  /// Requests that may always be retried at once.
  package var budgetFloor = 3
  /// A longer request body is not kept, and its request therefore not repeated; in bytes.
  package var replayLimit = 65_536

  package init() {}

  /// Whether one more request may be retried.
  package func allows(retriesInFlight: Int, requestsInFlight: Int) -> Bool {
    retriesInFlight < max(budgetFloor, Int(budgetShare * Double(requestsInFlight)))
  }

  /// Whether repeating a request with this method has the effect of making it once.
  package static func isIdempotent(method: String) -> Bool {
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method)
  }
}
