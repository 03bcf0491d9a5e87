import NIOCore
import NIOHTTP1
import NIOPosix
import OrderedJSON

/// An HTTP server of a few lines on a port of its own: what it answers is a function.
enum TinyServer {
  enum Reply: Sendable {
    case json(JSON)
    case refusal(status: Int, message: String)
    /// Server-sent events; the stream ends after the last.
    case events([String])
    /// Nothing, for ever.
    case silence
  }

  typealias Answer = @Sendable (_ path: String, _ body: JSON) -> Reply

  /// Runs the server while `body` runs; hands it the server's URL.
  static func run<Value>(
    _ answer: @escaping Answer,
    _ body: (_ url: String) async throws -> Value
  ) async throws -> Value {
    let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(answer))
        }
      }
    let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    let port = channel.localAddress?.port ?? 0
    let result: Result<Value, any Error>
    do { result = .success(try await body("http://127.0.0.1:\(port)")) } catch {
      result = .failure(error)
    }
    try await channel.close()
    return try result.get()
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: Answer
    private var path = ""
    private var body: [UInt8] = []

    init(_ answer: @escaping Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (path, body) = (head.uri, [])
      case .body(let part): body += part.readableBytesView
      case .end: reply(answer(path, (try? JSON(parsing: body)) ?? .null), context)
      }
    }

    private func reply(_ reply: Reply, _ context: ChannelHandlerContext) {
      let (status, type, text): (HTTPResponseStatus, String, String)
      switch reply {
      case .silence: return
      case .json(let json): (status, type, text) = (.ok, "application/json", json.text)
      case .refusal(let code, let message):
        status = HTTPResponseStatus(statusCode: code)
        (type, text) = (
          "application/json", JSON.object(["error": ["message": .string(message)]]).text
        )
      case .events(let events):
        (status, type) = (.ok, "text/event-stream")
        text = events.map { "data: \($0)\n\n" }.joined()
      }
      let headers: HTTPHeaders = ["content-type": type, "content-length": "\(text.utf8.count)"]
      let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
}
