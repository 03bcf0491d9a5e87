import NIOCore
import NIOHTTP1

/// Makes the health checks of one service's endpoints, each when it is due.
final class HealthProber {
  private static let resolution = TimeAmount.milliseconds(50)

  private let route: ServiceRoute
  private var dueAt: [Endpoint.ID: Duration] = [:]
  private var probes: [Endpoint.ID: Probe] = [:]
  private var timer: Scheduled<Void>?

  init(_ route: ServiceRoute) { self.route = route }

  func start() {
    timer = route.eventLoop.assumeIsolated().scheduleTask(in: Self.resolution) { [weak self] in
      self?.probeDue()
      self?.start()
    }
  }

  func stop() {
    timer?.cancel()
    for probe in probes.values { probe.stop() }
    probes = [:]
  }

  private func probeDue() {
    let now = route.now
    let policy = route.configuration.pool.health
    for endpoint in route.pool.endpoints where endpoint.state != .draining {
      guard probes[endpoint.id] == nil, dueAt[endpoint.id].map({ $0 <= now }) ?? true else {
        continue
      }
      let interval = endpoint.state == .starting ? policy.startInterval : policy.interval
      dueAt[endpoint.id] = now + interval
      probe(endpoint.id)
    }
    route.sweepConnections()
  }

  private func probe(_ id: Endpoint.ID) {
    let policy = route.configuration.pool.health
    let probe = Probe { [weak self] result in
      self?.probes[id] = nil
      self?.route.pool.note(result, of: id)
      if self?.route.pool[id] == nil { self?.dueAt[id] = nil }
    }
    probes[id] = probe
    probe.watch(on: route.eventLoop, timeout: TimeAmount(policy.timeout))
    route.lease(id) { connection in probe.send(path: policy.path, over: connection) }
  }
}

/// One health check: a GET whose status says whether the endpoint can serve.
private final class Probe: ResponseReceiver {
  private var report: ((HealthCheckResult) -> Void)?
  private var connection: UpstreamConnection?
  private var status: UInt?
  private var timer: Scheduled<Void>?

  init(_ report: @escaping (HealthCheckResult) -> Void) { self.report = report }

  func watch(on eventLoop: any EventLoop, timeout: TimeAmount) {
    timer = eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
      self?.stop()
    }
  }

  func send(path: String, over connection: UpstreamConnection?) {
    guard let connection else { return finish(.failed) }
    guard report != nil else { return connection.release() }
    self.connection = connection
    let head = HTTPRequestHead(
      version: .http1_1,
      method: .GET,
      uri: path,
      headers: ["host": "localhost", "user-agent": "plimsoll-health-check"]
    )
    connection.begin(for: self)
    connection.send(.head(head))
    connection.send(.end(nil))
    connection.flush()
  }

  /// Gives up: no answer came in time.
  func stop() {
    connection?.abort()
    finish(.failed)
  }

  var takesMore: Bool { true }

  func receive(_ part: HTTPClientResponsePart) {
    switch part {
    case .head(let head): status = head.status.code
    case .body: break
    case .end:
      connection = nil
      finish(status.map { $0 < 400 } ?? false ? .passed : .failed)
    }
  }

  func receiveComplete() {}

  func lose() {
    connection = nil
    finish(.failed)
  }

  func upstreamIsWritable() {}

  private func finish(_ result: HealthCheckResult) {
    timer?.cancel()
    let report = self.report
    self.report = nil
    report?(result)
  }
}
