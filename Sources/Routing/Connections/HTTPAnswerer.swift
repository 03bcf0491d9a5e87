package import NIOCore
package import NIOHTTP1
import NIOPosix

/// A small HTTP server for whole requests and answers; lives on one event loop.
package struct HTTPAnswerer: Sendable {
  /// A request, whole.
  package struct Request: Sendable {
    package let head: HTTPRequestHead
    package let body: ByteBuffer
  }

  /// What a request is answered with.
  package enum Reply: Sendable {
    case answer(HTTPResponseStatus, HTTPHeaders = [:], ByteBuffer = ByteBuffer())
    /// Breaks the connection off.
    case breakOff
  }

  /// Answers a request on the event loop by calling its second argument, once, now or later.
  package typealias Handler = (Request, @escaping (Reply) -> Void) -> Void

  /// The port in use.
  package let port: Int
  private let channel: any Channel

  /// Listens; port 0 lets the system choose. `makeHandler` is called once, on the event loop.
  /// - Throws: what the system says, such as that the port is in use.
  package static func open(
    on eventLoop: any EventLoop,
    host: String = "127.0.0.1",
    port: Int = 0,
    _ makeHandler: @escaping @Sendable () -> Handler
  ) async throws -> HTTPAnswerer {
    try await eventLoop.flatSubmit {
      let handler = NIOLoopBound(makeHandler(), eventLoop: eventLoop)
      return ServerBootstrap(group: eventLoop)
        .serverChannelOption(.backlog, value: 1024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline()
            try pipeline.addHandler(AnsweringConnection(channel: channel, handler: handler.value))
          }
        }
        .bind(host: host, port: port)
        .map { HTTPAnswerer(port: $0.localAddress?.port ?? 0, channel: $0) }
    }.get()
  }

  /// Waits until it stops listening.
  package func untilClosed() async throws { try await channel.closeFuture.get() }

  /// Stops listening; open connections stay.
  package func close() async { try? await channel.close() }
}

/// Collects requests of one connection and writes their answers.
private final class AnsweringConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let channel: any Channel
  private let handler: HTTPAnswerer.Handler
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()

  init(channel: any Channel, handler: @escaping HTTPAnswerer.Handler) {
    self.channel = channel
    self.handler = handler
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): (self.head, body) = (head, ByteBuffer())
    case .body(var data): body.writeBuffer(&data)
    case .end:
      guard let head else { return }
      handler(HTTPAnswerer.Request(head: head, body: body)) { [self] in
        reply($0, isKeptAlive: head.isKeepAlive)
      }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func reply(_ reply: HTTPAnswerer.Reply, isKeptAlive: Bool) {
    guard channel.isActive else { return }
    guard case .answer(let status, var headers, let body) = reply else {
      channel.close(promise: nil)
      return
    }
    headers.replaceOrAdd(name: "content-length", value: "\(body.readableBytes)")
    if !isKeptAlive { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    let pipeline = channel.pipeline.syncOperations
    pipeline.write(NIOAny(OutboundOut.head(head)), promise: nil)
    if body.readableBytes > 0 {
      pipeline.write(NIOAny(OutboundOut.body(.byteBuffer(body))), promise: nil)
    }
    pipeline.writeAndFlush(NIOAny(OutboundOut.end(nil)), promise: nil)
    if !isKeptAlive { channel.close(promise: nil) }
  }
}
