import NIOCore
import NIOHTTP1

/// A client's connection to the router: one exchange after the other, kept alive between them.
///
/// Stands behind NIO's pipelining handler, which lets the next request in only after the answer to the last.
final class ClientConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let channel: any Channel
  private let signpost: Signpost
  private let clients: ClientSet
  private var exchange: Exchange?
  private var request = RequestProgress.none
  private var isKeptAlive = true
  private var isReadPending = false

  private enum RequestProgress {
    case none
    case reading(HTTPMethod, HTTPVersion)
    case complete(HTTPMethod, HTTPVersion)
  }

  init(channel: any Channel, signpost: Signpost, clients: ClientSet) {
    self.channel = channel
    self.signpost = signpost
    self.clients = clients
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head)
    case .body(let buffer): exchange?.take(.body(.byteBuffer(buffer)))
    case .end(let trailers):
      if case .reading(let method, let version) = request { request = .complete(method, version) }
      exchange?.take(.end(trailers))
      closeIfDone()
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    exchange?.takeComplete()
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    if exchange?.takesMoreBody ?? true { context.read() } else { isReadPending = true }
  }

  func resumeReading() {
    guard isReadPending else { return }
    isReadPending = false
    channel.read()
  }

  private func begin(_ original: HTTPRequestHead) {
    var head = original
    request = .reading(head.method, head.version)
    isKeptAlive = head.isKeepAlive
    guard let destination = signpost.destination(of: &head) else {
      let headers: HTTPHeaders = ["content-type": "text/plain; charset=utf-8"]
      return refuse(.notFound, headers, "nothing is served at \(original.uri)\n")
    }
    if head.headers.contains(name: "expect") {
      channel.pipeline.syncOperations.write(
        NIOAny(OutboundOut.head(HTTPResponseHead(version: .http1_1, status: .continue))),
        promise: nil
      )
      flush()
    }
    let exchange = Exchange(head, to: destination, for: self)
    self.exchange = exchange
    exchange.begin()
  }

  // MARK: Answers

  var isWritable: Bool { channel.isWritable }

  func answer(_ original: HTTPResponseHead) {
    var head = original
    head.headers.removeHopByHop()
    frame(&head)
    write(.head(head))
  }

  func answer(_ body: ByteBuffer) { write(.body(.byteBuffer(body))) }

  func endAnswer(_ trailers: HTTPHeaders?) {
    exchange = nil
    channel.pipeline.syncOperations.writeAndFlush(NIOAny(OutboundOut.end(trailers)), promise: nil)
    closeIfDone()
    resumeReading()
  }

  /// Answers in the router's own words.
  func refuse(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ words: String) {
    let body = ByteBuffer(string: words)
    var head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    head.headers.add(name: "content-length", value: "\(body.readableBytes)")
    answer(head)
    if method != .HEAD { answer(body) }
    endAnswer(nil)
  }

  /// Breaks an answer off that has begun, so that its client cannot take it for a whole one.
  func cutOff() {
    exchange = nil
    channel.close(promise: nil)
  }

  func flush() { channel.pipeline.syncOperations.flush() }

  private var method: HTTPMethod? {
    switch request {
    case .none: nil
    case .reading(let method, _), .complete(let method, _): method
    }
  }

  private func write(_ part: HTTPServerResponsePart) {
    channel.pipeline.syncOperations.write(NIOAny(part), promise: nil)
  }

  /// Whether the client's HTTP knows chunked bodies and keeps connections by default.
  private var isModern: Bool {
    switch request {
    case .none: true
    case .reading(_, let version), .complete(_, let version): version != .http1_0
    }
  }

  /// Says how the body is delimited and whether the connection stays.
  private func frame(_ head: inout HTTPResponseHead) {
    head.version = .http1_1
    if clients.isClosing { isKeptAlive = false }
    head.headers.remove(name: "transfer-encoding")
    let isBodiless = method == .HEAD || [204, 304].contains(head.status.code)
    if !isBodiless, !head.headers.contains(name: "content-length") {
      if isModern {
        head.headers.add(name: "transfer-encoding", value: "chunked")
      } else {
        // Before HTTP/1.1, the end of the connection is the end of the body.
        isKeptAlive = false
      }
    }
    if !isKeptAlive {
      head.headers.add(name: "connection", value: "close")
    } else if !isModern {
      head.headers.add(name: "connection", value: "keep-alive")
    }
  }

  /// Closes after an answer that said so, but not before its request was read: closing resets the connection
  /// while there is unread input, and the client could lose the answer.
  private func closeIfDone() {
    guard exchange == nil, case .complete = request else { return }
    request = .none
    if !isKeptAlive { channel.close(promise: nil) }
  }

  // MARK: The connection

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { exchange?.clientIsWritable() }
    context.fireChannelWritabilityChanged()
  }

  /// Closes at once; a request in progress counts as abandoned.
  func close() { channel.close(promise: nil) }

  /// Closes between two requests.
  func closeIfIdle() {
    if exchange == nil, case .none = request { close() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    clients.remove(self)
    exchange?.abandon()
    exchange = nil
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
