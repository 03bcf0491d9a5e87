import NIOCore
import NIOPosix
import Testing

/// A TCP client that says exactly what a test wants, byte for byte.
struct RawClient: Sendable {
  private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

  static func connect(port: Int) async throws -> RawClient {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return RawClient(channel: channel)
  }

  /// Sends `texts`, then hands the rest of the conversation to `body`; the connection is closed after it.
  func converse(
    sending texts: String...,
    then body: @concurrent (inout Conversation) async throws -> Void
  ) async throws {
    try await channel.executeThenClose { inbound, outbound in
      for text in texts where !text.isEmpty {
        try await outbound.write(ByteBuffer(string: text))
      }
      var conversation = Conversation(inbound: inbound.makeAsyncIterator(), outbound: outbound)
      try await body(&conversation)
    }
  }

  struct Conversation {
    fileprivate var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private(set) var received = ""

    fileprivate init(
      inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
      outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
      self.inbound = inbound
      self.outbound = outbound
    }

    func send(_ text: String) async throws {
      try await outbound.write(ByteBuffer(string: text))
    }

    /// Reads on until `text` has come; the server closing the connection before is a failure.
    @concurrent mutating func expect(_ text: String) async throws {
      while !received.contains(text) {
        guard let buffer = try await inbound.next() else {
          Issue.record("the connection closed after: \(received)")
          return
        }
        received += String(buffer: buffer)
      }
    }

    /// Reads on until the server closes the connection.
    @concurrent mutating func receiveAll() async throws {
      while let buffer = try await inbound.next() { received += String(buffer: buffer) }
    }
  }
}

/// A request with a JSON body as it is on the wire.
func wireRequest(_ path: String, _ body: String, headers: String = "") -> String {
  "POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}
