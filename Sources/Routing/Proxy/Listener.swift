import NIOCore
import NIOHTTP1
import NIOPosix

/// A port on which the router takes requests.
struct Listener: Sendable {
  private let channel: any Channel
  private let clients: NIOLoopBound<ClientSet>

  /// Listens; port 0 lets the system choose.
  /// - Throws: what the system says, such as that the port is in use.
  static func open(
    _ signpost: Signpost,
    on eventLoop: any EventLoop,
    host: String,
    port: Int
  ) -> EventLoopFuture<Listener> {
    let signpost = NIOLoopBound(signpost, eventLoop: eventLoop)
    let clients = NIOLoopBound(ClientSet(), eventLoop: eventLoop)
    return ServerBootstrap(group: eventLoop)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          var encoding = HTTPResponseEncoder.Configuration()
          // The codec knows nothing of HEAD, the router frames its answers itself.
          encoding.automaticallySetFramingHeaders = false
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withEncoderConfiguration: encoding)
          let client = ClientConnection(
            channel: channel,
            signpost: signpost.value,
            clients: clients.value
          )
          clients.value.add(client)
          try pipeline.addHandler(client)
        }
      }
      .bind(host: host, port: port)
      .map { Listener(channel: $0, clients: clients) }
  }

  /// The port in use.
  var port: Int { channel.localAddress?.port ?? 0 }

  /// Stops listening; connections are closed once they have their answer.
  func close() async {
    try? await channel.close()
    try? await channel.eventLoop.submit { clients.value.beginClosing() }.get()
  }

  /// Closes what is still open.
  func closeClients() async {
    try? await channel.eventLoop.submit { clients.value.closeAll() }.get()
  }
}
