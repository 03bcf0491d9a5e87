/// How a service is proxied.
package struct ProxyConfiguration: Sendable {
  /// The service's name, for messages and request identifiers.
  package var name: String
  package var pool = EndpointPool.Configuration()
  package var retry = RetryPolicy()
  package var connectTimeout = Duration.seconds(1)
  /// How long an endpoint may make no progress with an answer, and a client none with a request.
  package var progressTimeout = Duration.seconds(60)
  /// What clients are told while no endpoint is ready, in seconds.
  package var retryAfter = 1
  /// Makes request identifiers of several runs differ.
  package var idSeed: UInt64

  package init(name: String, idSeed: UInt64 = .random(in: 0...(.max >> 16))) {
    self.name = name
    self.idSeed = idSeed << 16
  }
}
