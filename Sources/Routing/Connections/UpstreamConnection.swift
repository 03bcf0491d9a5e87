import NIOCore
import NIOHTTP1

/// A connection to an endpoint: carries one request at a time, and is kept alive between them.
///
/// Owned by its ``ConnectionPool`` while it is idle and by its receiver while it is busy; lives on one event
/// loop. Reading stops while the receiver takes no more, so a slow client slows its endpoint down.
final class UpstreamConnection: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  private let channel: any Channel
  private let pool: ConnectionPool
  private var receiver: (any ResponseReceiver)?
  private var isRequestSent = false
  private var isKeptAlive = true
  private var hasAnswerBegun = false
  private var isReadPending = false
  /// Since when it has been idle.
  private(set) var idleSince = NIODeadline.now()

  init(channel: any Channel, pool: ConnectionPool) {
    self.channel = channel
    self.pool = pool
  }

  var isActive: Bool { channel.isActive }
  var isWritable: Bool { channel.isWritable }

  /// Takes the connection for one request.
  func begin(for receiver: any ResponseReceiver) {
    precondition(self.receiver == nil, "a connection carries two requests at once")
    self.receiver = receiver
    (isRequestSent, isKeptAlive, hasAnswerBegun) = (false, true, false)
  }

  func send(_ part: HTTPClientRequestPart) {
    if case .end = part { isRequestSent = true }
    channel.pipeline.syncOperations.write(NIOAny(part), promise: nil)
  }

  func flush() { channel.pipeline.syncOperations.flush() }

  /// Goes back unused.
  func release() { pool.takeBack(self) }

  /// Gives the request up, and with it the connection.
  func abort() {
    receiver = nil
    channel.close(promise: nil)
  }

  func resumeReading() {
    guard isReadPending else { return }
    isReadPending = false
    channel.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    guard let receiver else {
      // An answer that nobody asked for: the connection cannot be trusted any more.
      context.close(promise: nil)
      return
    }
    switch part {
    case .head(let head):
      hasAnswerBegun = true
      isKeptAlive = head.isKeepAlive
    case .body: break
    case .end: finish()
    }
    receiver.receive(part)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    receiver?.receiveComplete()
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    guard hasAnswerBegun, let receiver, !receiver.takesMore else {
      context.read()
      return
    }
    isReadPending = true
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { receiver?.upstreamIsWritable() }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    pool.forget(self)
    loseReceiver()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    loseReceiver()
    context.close(promise: nil)
  }

  private func loseReceiver() {
    guard let lost = receiver else { return }
    receiver = nil
    lost.lose()
  }

  /// The answer is complete; a connection whose request is not cannot be used again.
  private func finish() {
    receiver = nil
    guard isKeptAlive, isRequestSent, channel.isActive else {
      channel.close(promise: nil)
      return
    }
    idleSince = .now()
    pool.takeBack(self)
    resumeReading()
  }
}
