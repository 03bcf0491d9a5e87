package import NIOCore
package import NIOHTTP1

/// A small HTTP client for whole requests and answers, with pooled connections; lives on one event loop.
package final class HTTPCaller {
  /// An answer, whole.
  package struct Answer: Sendable {
    package let head: HTTPResponseHead
    package let body: ByteBuffer
  }

  /// Why there is no answer.
  package enum Failure: Error, Hashable, CustomStringConvertible {
    case unreachable(EndpointAddress)
    case brokenOff(EndpointAddress)
    case timedOut(EndpointAddress, Duration)

    package var description: String {
      switch self {
      case .unreachable(let address): "nobody listens at \(address)"
      case .brokenOff(let address): "\(address) broke off before its answer was complete"
      case .timedOut(let address, let limit): "\(address) did not answer within \(limit)"
      }
    }
  }

  private let eventLoop: any EventLoop
  private var pools: [EndpointAddress: ConnectionPool] = [:]

  package init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Makes a request; `done` is called exactly once, on the event loop.
  package func call(
    _ head: HTTPRequestHead,
    body: ByteBuffer? = nil,
    at address: EndpointAddress,
    timeout: Duration? = nil,
    _ done: @escaping (Result<Answer, Failure>) -> Void
  ) {
    var head = head
    if let body {
      head.headers.replaceOrAdd(name: "content-length", value: "\(body.readableBytes)")
    }
    let call = Call(address, done)
    if let timeout { call.watch(on: eventLoop, timeout) }
    pool(for: address).lease { [head] connection in call.send(head, body, over: connection) }
  }

  /// Closes connections that have been idle for some seconds.
  package func sweep() {
    for pool in pools.values { pool.sweep() }
  }

  /// Closes all connections, busy ones once they are done.
  package func close() {
    for pool in pools.values { pool.close() }
    pools = [:]
  }

  private func pool(for address: EndpointAddress) -> ConnectionPool {
    if let known = pools[address] { return known }
    let pool = ConnectionPool(eventLoop: eventLoop, address: address)
    pools[address] = pool
    return pool
  }
}

/// One request of a caller, until its answer is whole.
private final class Call: ResponseReceiver {
  private let address: EndpointAddress
  private var done: ((Result<HTTPCaller.Answer, HTTPCaller.Failure>) -> Void)?
  private var connection: UpstreamConnection?
  private var head: HTTPResponseHead?
  private var body = ByteBuffer()
  private var timer: Scheduled<Void>?

  init(
    _ address: EndpointAddress,
    _ done: @escaping (Result<HTTPCaller.Answer, HTTPCaller.Failure>) -> Void
  ) {
    self.address = address
    self.done = done
  }

  func watch(on eventLoop: any EventLoop, _ timeout: Duration) {
    timer = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { [self] in
      connection?.abort()
      finish(.failure(.timedOut(address, timeout)))
    }
  }

  func send(_ head: HTTPRequestHead, _ body: ByteBuffer?, over connection: UpstreamConnection?) {
    guard let connection else { return finish(.failure(.unreachable(address))) }
    guard done != nil else { return connection.release() }
    self.connection = connection
    connection.begin(for: self)
    connection.send(.head(head))
    if let body { connection.send(.body(.byteBuffer(body))) }
    connection.send(.end(nil))
    connection.flush()
  }

  var takesMore: Bool { true }

  func receive(_ part: HTTPClientResponsePart) {
    switch part {
    case .head(let head): self.head = head
    case .body(var data): body.writeBuffer(&data)
    case .end:
      guard let head else { return lose() }
      finish(.success(HTTPCaller.Answer(head: head, body: body)))
    }
  }

  func receiveComplete() {}
  func lose() { finish(.failure(.brokenOff(address))) }
  func upstreamIsWritable() {}

  private func finish(_ result: Result<HTTPCaller.Answer, HTTPCaller.Failure>) {
    timer?.cancel()
    connection = nil
    let done = self.done
    self.done = nil
    done?(result)
  }
}
