/// How the server listens and what it allows its clients.
package struct WebConfiguration: Sendable {
  /// PEM files for TLS.
  package struct TLSFiles: Sendable, Hashable {
    package let certificateChain: String
    package let privateKey: String

    package init(certificateChain: String, privateKey: String) {
      self.certificateChain = certificateChain
      self.privateKey = privateKey
    }
  }

  package var host = "127.0.0.1"
  /// 0 lets the system choose.
  package var port = 8_000
  /// Keys of which a client must know one; none leaves the server open.
  package var apiKeys: [String] = []
  package var tlsFiles: TLSFiles?
  /// Web origins whose scripts may call the server; `*` allows all, none sends no CORS headers.
  package var corsOrigins: [String] = []
  /// Larger request bodies are refused; in bytes.
  package var maximumBodySize = 32 << 20
  /// How long a whole request body may take to arrive.
  package var bodyTimeout = Duration.seconds(60)
  /// How long a connection may be quiet between requests, or while it sends its headers.
  package var idleTimeout = Duration.seconds(75)
  /// How long a streamed answer may be quiet before a comment is sent.
  package var keepAliveInterval = Duration.seconds(15)
  /// How long a request may take where the client names no shorter time; nil for no limit.
  package var requestTimeout: Duration?
  /// Whether load tests may set the length of an answer with `bench_output_length`.
  package var allowsReplayedLengths = false

  package init() {}
}
