import HTTPTypes
import Hummingbird
import NIOCore
import OrderedJSON

/// Takes in request bodies, bounded in size and in time.
struct BodyReader: Sendable {
  /// In bytes.
  let maximumSize: Int
  let timeout: Duration

  func read(_ request: Request) async throws -> [UInt8] {
    // What announces its size is refused before any of it is read.
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumSize {
      throw APIFault.bodyTooLarge(limit: maximumSize)
    }
    let buffer = try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await collect(request.body) }
      group.addTask {
        try await Task.sleep(for: timeout)
        throw APIFault.bodyTimedOut(limit: timeout)
      }
      return try await group.next()
    }
    return buffer.map { Array($0.readableBytesView) } ?? []
  }

  private func collect(_ body: RequestBody) async throws -> ByteBuffer {
    do {
      return try await body.collect(upTo: maximumSize)
    } catch is NIOTooManyBytesError {
      throw APIFault.bodyTooLarge(limit: maximumSize)
    }
  }
}

extension RequestFields {
  /// Parses a request body; what is not a JSON object is a fault with the byte at which it goes wrong.
  init(parsing bytes: [UInt8]) throws(APIFault) {
    let body: JSON
    do {
      body = try JSON(parsing: bytes)
    } catch {
      throw .malformedJSON(error)
    }
    try self.init(body)
  }
}
