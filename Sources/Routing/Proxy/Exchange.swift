import NIOCore
import NIOHTTP1

/// One request on its way through the router: finds an endpoint, forwards, answers, and retries.
///
/// Phases: seeking → connecting → forwarding → answering → ended; a failed try leads from connecting or
/// forwarding back to seeking. It ends exactly once, in one of the ledger's endings.
final class Exchange: ResponseReceiver {
  private struct Attempt {
    let endpoint: Endpoint.ID
    let connection: UpstreamConnection
  }

  private enum Phase {
    case seeking
    case connecting(Endpoint.ID)
    case forwarding(Attempt)
    case answering(Attempt, status: Int)
    case ended
  }

  private let destination: Destination
  private unowned let client: ClientConnection
  private var request: RequestCopy
  private var phase = Phase.seeking
  private var tried: [Endpoint.ID] = []
  private var triesThatReached = 0
  private var holdsRetry = false
  private let startedAt: Duration
  private var progressAt: NIODeadline
  private var timer: Scheduled<Void>?

  private var route: ServiceRoute { destination.route }

  init(_ head: HTTPRequestHead, to destination: Destination, for client: ClientConnection) {
    self.destination = destination
    self.client = client
    startedAt = destination.route.now
    progressAt = .now()
    request = RequestCopy(head, replayLimit: destination.route.configuration.retry.replayLimit)
    if request.head.headers.first(name: "x-request-id") == nil {
      request.head.headers.add(name: "x-request-id", value: destination.route.makeRequestID())
    }
  }

  func begin() {
    destination.begin(at: startedAt)
    watchProgress(in: TimeAmount(route.configuration.progressTimeout))
    seek()
  }

  // MARK: The client's side

  /// Whether more of the request's body can be taken now.
  var takesMoreBody: Bool {
    switch phase {
    case .seeking, .connecting: request.hasRoom
    case .forwarding(let attempt), .answering(let attempt, _): attempt.connection.isWritable
    case .ended: true
    }
  }

  func take(_ part: HTTPClientRequestPart) {
    progressAt = .now()
    switch phase {
    case .seeking, .connecting: request.append(part)
    case .forwarding(let attempt):
      request.append(part)
      request.limit()
      attempt.connection.send(part)
    case .answering(let attempt, _): attempt.connection.send(part)
    case .ended: break
    }
  }

  func takeComplete() {
    switch phase {
    case .forwarding(let attempt), .answering(let attempt, _): attempt.connection.flush()
    case .seeking, .connecting, .ended: break
    }
  }

  func clientIsWritable() {
    if case .answering(let attempt, _) = phase { attempt.connection.resumeReading() }
  }

  /// The client is gone.
  func abandon() { stop(.abandoned, because: .abandoned) }

  // MARK: The endpoint's side

  var takesMore: Bool { client.isWritable }

  func receive(_ part: HTTPClientResponsePart) {
    progressAt = .now()
    switch (part, phase) {
    case (.head(let head), .forwarding(let attempt)):
      phase = .answering(attempt, status: Int(head.status.code))
      client.answer(head)
    case (.body(let body), .answering): client.answer(body)
    case (.end(let trailers), .answering(let attempt, let status)):
      route.pool.finish(attempt.endpoint, .answered(status), at: route.now)
      end(status < 500 ? .answered : .failed)
      client.endAnswer(trailers)
    default: break
    }
  }

  func receiveComplete() { client.flush() }

  func lose() {
    switch phase {
    case .forwarding(let attempt):
      route.pool.finish(attempt.endpoint, .broken, at: route.now)
      phase = .seeking
      triesThatReached += 1
      if mayRepeat { seek() } else { refuse(.badGateway, .broken, "the endpoint broke off") }
    case .answering(let attempt, _):
      route.pool.finish(attempt.endpoint, .broken, at: route.now)
      end(.broken)
      client.cutOff()
    case .seeking, .connecting, .ended: break
    }
  }

  func upstreamIsWritable() { client.resumeReading() }

  // MARK: The tries

  private func seek() {
    guard let endpoint = route.pool.choose(excluding: tried, at: route.now) else {
      let words = "no endpoint of \(route.configuration.name) is ready"
      return triesThatReached == 0
        ? refuse(.serviceUnavailable, .unavailable, words) : refuse(.badGateway, .broken, words)
    }
    if !tried.isEmpty { route.ledger.noteRetry() }
    tried.append(endpoint)
    phase = .connecting(endpoint)
    route.lease(endpoint) { [self] in forward(to: endpoint, over: $0) }
  }

  private func forward(to endpoint: Endpoint.ID, over connection: UpstreamConnection?) {
    guard case .connecting(endpoint) = phase else {
      // The exchange ended while the connection was being made; somebody else can use it.
      connection?.release()
      return
    }
    guard let connection else {
      route.pool.finish(endpoint, .unconnected, at: route.now)
      phase = .seeking
      return seek()
    }
    phase = .forwarding(Attempt(endpoint: endpoint, connection: connection))
    connection.begin(for: self)
    request.replay { connection.send($0) }
    connection.flush()
    request.limit()
    client.resumeReading()
  }

  /// Whether a try that may have reached an endpoint can be repeated at another.
  private var mayRepeat: Bool {
    guard request.isRepeatable, triesThatReached < route.configuration.retry.attemptLimit else {
      return false
    }
    if !holdsRetry { holdsRetry = route.beginRetry() }
    return holdsRetry
  }

  // MARK: The end

  private func refuse(
    _ status: HTTPResponseStatus,
    _ ending: RequestLedger.Ending,
    _ words: String
  ) {
    end(ending)
    var headers: HTTPHeaders = ["content-type": "text/plain; charset=utf-8"]
    if let id = request.head.headers.first(name: "x-request-id") {
      headers.add(name: "x-request-id", value: id)
    }
    if status == .serviceUnavailable {
      headers.add(name: "retry-after", value: "\(route.configuration.retryAfter)")
    }
    client.refuse(status, headers, words + "\n")
  }

  /// Ends a try from this side.
  private func stop(_ ending: RequestLedger.Ending, because outcome: RequestOutcome) {
    switch phase {
    case .seeking, .ended: break
    case .connecting(let endpoint): route.pool.finish(endpoint, outcome, at: route.now)
    case .forwarding(let attempt), .answering(let attempt, _):
      route.pool.finish(attempt.endpoint, outcome, at: route.now)
      attempt.connection.abort()
    }
    end(ending)
  }

  private func end(_ ending: RequestLedger.Ending) {
    if case .ended = phase { return }
    phase = .ended
    timer?.cancel()
    if holdsRetry { route.endRetry() }
    let now = route.now
    destination.end(ending, after: now - startedAt, at: now)
  }

  /// Looks again when the request would be overdue if nothing moved until then.
  private func watchProgress(in time: TimeAmount) {
    timer = route.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      guard let self else { return }
      let rest = progressAt + TimeAmount(route.configuration.progressTimeout) - .now()
      if rest > .zero { watchProgress(in: rest) } else { timeOut() }
    }
  }

  private func timeOut() {
    switch phase {
    case .answering:
      stop(.timedOut, because: .timedOut)
      client.cutOff()
    case .seeking, .connecting, .forwarding:
      // A client that does not finish its request is not its endpoint's fault.
      let outcome = request.isComplete ? RequestOutcome.timedOut : .abandoned
      stop(.timedOut, because: outcome)
      refuse(.gatewayTimeout, .timedOut, "no answer within \(route.configuration.progressTimeout)")
    case .ended: break
    }
  }
}
