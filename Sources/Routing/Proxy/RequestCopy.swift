import NIOCore
import NIOHTTP1

/// What has arrived of a request, kept so that it can be sent, and sent again elsewhere.
struct RequestCopy {
  var head: HTTPRequestHead
  private var body: [ByteBuffer] = []
  private var end: HTTPHeaders??
  private var size = 0
  private var isWhole = true
  private let isIdempotent: Bool
  private let replayLimit: Int

  init(_ original: HTTPRequestHead, replayLimit: Int) {
    head = original
    head.version = .http1_1
    head.headers.removeHopByHop()
    isIdempotent =
      RetryPolicy.isIdempotent(method: original.method.rawValue)
      || original.headers.contains(name: "idempotency-key")
    self.replayLimit = replayLimit
  }

  /// Whether more should be taken in before any of it has been sent.
  var hasRoom: Bool { size < replayLimit }

  /// Whether the whole request has arrived.
  var isComplete: Bool { end != nil }

  /// Whether the request can be sent again, and doing so is the same as sending it once.
  var isRepeatable: Bool { isWhole && isIdempotent }

  mutating func append(_ part: HTTPClientRequestPart) {
    switch part {
    case .head: preconditionFailure("a request has one head")
    case .body(let data):
      guard isWhole, case .byteBuffer(let buffer) = data else { return }
      body.append(buffer)
      size += buffer.readableBytes
    case .end(let trailers): end = .some(trailers)
    }
  }

  /// Sends everything that has arrived.
  func replay(_ send: (HTTPClientRequestPart) -> Void) {
    precondition(isWhole, "parts of the request are no longer there")
    send(.head(head))
    for buffer in body { send(.body(.byteBuffer(buffer))) }
    if let end { send(.end(end)) }
  }

  /// Drops the copy of a body that is too long to keep, once it has been sent.
  mutating func limit() {
    guard size > replayLimit else { return }
    (isWhole, body) = (false, [])
  }
}
