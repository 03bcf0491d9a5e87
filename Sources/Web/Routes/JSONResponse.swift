import HTTPTypes
import Hummingbird
import OrderedJSON

extension Response {
  /// An answer whose body is JSON.
  init(_ body: JSON, status: HTTPResponse.Status = .ok) {
    self.init(serialized: body.serialized, status: status)
  }

  /// An answer whose body is JSON text already.
  init(serialized: [UInt8], status: HTTPResponse.Status = .ok) {
    self.init(
      status: status,
      headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: serialized))
    )
  }

  /// An answer that is plain text.
  init(text: String, contentType: String) {
    self.init(
      status: .ok,
      headers: [.contentType: contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }
}
