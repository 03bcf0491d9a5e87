import Glibc
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
package import Telemetry

/// The server could not take its address.
package struct ListeningFault: Error, Hashable, CustomStringConvertible {
  package let address: String
  /// As the system numbers its errors: `EADDRINUSE` and others.
  package let errorNumber: CInt

  package var description: String {
    let reason =
      switch errorNumber {
      case EADDRINUSE: "something listens there already"
      case EADDRNOTAVAIL: "this machine does not have that address"
      case EACCES: "the system does not permit it"
      default: "system error \(errorNumber)"
      }
    return "Cannot listen on \(address): \(reason). Choose another with --host and --port."
  }
}

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
      do {
        try await makeApplication().run()
      } catch let error as IOError {
        throw ListeningFault(
          address: "\(configuration.host):\(configuration.port)",
          errorNumber: error.errnoCode
        )
      }
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
