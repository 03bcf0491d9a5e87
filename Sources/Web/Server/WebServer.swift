import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
package import Telemetry

/// The HTTP server: listens at once, answers 503 until ``ServingState`` has a model, and on graceful shutdown
/// stops accepting and lets running answers end.
package struct WebServer: Service {
  private let configuration: WebConfiguration
  private let state: ServingState
  private let registry: MetricRegistry
  private let logger: Logger
  private let onListening: @Sendable (_ port: Int) -> Void

  /// Prepares a server; `onListening` is called once with the port, which matters if the system chose it.
  package init(
    configuration: WebConfiguration,
    state: ServingState,
    registry: MetricRegistry,
    logger: Logger,
    onListening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.state = state
    self.registry = registry
    self.logger = logger
    self.onListening = onListening
  }

  package func run() async throws {
    let state = state
    try await withGracefulShutdownHandler {
      try await makeApplication().run()
    } onGracefulShutdown: {
      state.startDraining()
    }
  }

  func makeApplication() throws -> some ApplicationProtocol {
    let onListening = onListening
    return Application(
      responder: Routes.router(configuration, state, registry).buildResponder(),
      server: try makeServerBuilder(),
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.host, port: configuration.port),
        serverName: "plimsoll/\(plimsollVersion)",
        backlog: 4_096
      ),
      onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) },
      logger: logger
    )
  }

  private func makeServerBuilder() throws -> HTTPServerBuilder {
    let builder = HTTPServerBuilder.http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionHandler()],
        idleTimeout: TimeAmount(configuration.idleTimeout)
      )
    )
    guard let files = configuration.tlsFiles else { return builder }
    return try .tls(builder, tlsConfiguration: try Self.makeTLSConfiguration(files))
  }

  private static func makeTLSConfiguration(
    _ files: WebConfiguration.TLSFiles
  ) throws -> TLSConfiguration {
    let certificates = try NIOSSLCertificate.fromPEMFile(files.certificateChain)
    let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
    return TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates.map { .certificate($0) },
      privateKey: .privateKey(key)
    )
  }
}
