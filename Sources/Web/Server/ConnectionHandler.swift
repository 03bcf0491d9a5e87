import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Watches one HTTP/1.1 connection from inside its channel.
///
/// It tells ``Connection`` when the client goes away, also while an answer is still being computed: the end
/// of the client's input counts as that, as it does for most servers, since a client that has only closed
/// its sending side cannot be told from one that is gone. And it closes the connection after an answer that
/// says `connection: close`.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// How long an unread request body is still taken in after its answer: closing at once would reset the
  /// connection, and the client would lose the answer.
  private static let lingerTime = TimeAmount.seconds(2)

  let connection = Connection()
  private var isReadingRequest = false
  private var closesAfterResponse = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: isReadingRequest = true
    case .body: break
    case .end: isReadingRequest = false
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      closesAfterResponse = head.headerFields[.connection]?.lowercased() == "close"
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      guard closesAfterResponse else {
        context.write(data, promise: promise)
        return
      }
      context.writeAndFlush(data, promise: promise)
      closeAfterResponse(context)
    }
  }

  private func closeAfterResponse(_ context: ChannelHandlerContext) {
    guard isReadingRequest else {
      context.close(promise: nil)
      return
    }
    let channel = context.channel
    context.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    guard case .inputClosed? = event as? ChannelEvent else { return }
    connection.close()
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    connection.close()
    context.fireChannelInactive()
  }
}
