import NIOHTTP1

/// Who waits for the answer on an upstream connection; lives on the connection's event loop.
protocol ResponseReceiver: AnyObject {
  /// Whether more of an answer can be taken now; when that becomes true again, the receiver calls
  /// ``UpstreamConnection/resumeReading()``.
  var takesMore: Bool { get }

  /// The next part; after `.end` the connection is no longer the receiver's.
  func receive(_ part: HTTPClientResponsePart)

  /// No further part arrives for now.
  func receiveComplete()

  /// The connection ended before the answer did.
  func lose()

  /// More of a request can be written.
  func upstreamIsWritable()
}
