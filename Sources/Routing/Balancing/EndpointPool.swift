/// The endpoints of one service: who may be sent the next request, and who is sent it.
///
/// A pure value: time comes in as the time since some fixed moment. Invariant: an endpoint that is not ready
/// is never chosen. The choice is the endpoint with the fewest outstanding requests, ties in turn. One router
/// knows every count exactly and scans tens of endpoints in well under a microsecond; two random choices,
/// which serve balancers that share an endpoint or have thousands, would only add variance here.
package struct EndpointPool: Sendable {
  package struct Configuration: Hashable, Sendable {
    package var health = HealthPolicy()
    package var ejection = EjectionPolicy()
    /// Requests that one endpoint works on at once; what goes beyond it waits there.
    package var concurrency = Int.max

    package init() {}
  }

  package let configuration: Configuration
  /// In the order in which they were added.
  package private(set) var endpoints: [Endpoint] = []
  private var nextID = 0
  /// Where the next scan begins, so that equals take turns.
  private var turn = 0

  package init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// Sends the next request to the least loaded ready endpoint outside `tried`; nil if there is none.
  ///
  /// Every choice must be followed by one ``finish(_:_:at:)``.
  /// - Complexity: O(endpoints); allocates nothing.
  package mutating func choose(excluding tried: [Endpoint.ID] = [], at now: Duration) -> Endpoint
    .ID?
  {
    release(at: now)
    var best: Int?
    for step in endpoints.indices {
      let index = (turn + step) % endpoints.count
      let candidate = endpoints[index]
      guard candidate.state == .ready, !tried.contains(candidate.id) else { continue }
      if best.map({ candidate.load.current < endpoints[$0].load.current }) ?? true { best = index }
    }
    guard let best else { return nil }
    turn = best + 1
    endpoints[best].load.begin(at: now)
    return endpoints[best].id
  }

  /// A request that was sent to this endpoint has ended there; one that is gone is not an error.
  package mutating func finish(_ id: Endpoint.ID, _ outcome: RequestOutcome, at now: Duration) {
    guard let index = index(of: id) else { return }
    endpoints[index].load.end(at: now)
    endpoints[index].conduct.note(outcome)
    ejectIfDue(index, at: now)
  }

  /// Takes in the result of a health check.
  package mutating func note(_ result: HealthCheckResult, of id: Endpoint.ID) {
    guard let index = index(of: id) else { return }
    endpoints[index].health.note(result)
    let (health, policy) = (endpoints[index].health, configuration.health)
    switch endpoints[index].state {
    case .starting, .unready:
      if health.consecutivePasses >= policy.passThreshold { endpoints[index].state = .ready }
    case .ready, .ejected:
      if health.consecutiveFailures >= policy.failureThreshold { endpoints[index].state = .unready }
    case .draining: break
    }
  }

  /// Adds an endpoint, which gets requests once it has passed its health checks.
  package mutating func add(_ address: EndpointAddress) -> Endpoint.ID {
    let id = Endpoint.ID(rawValue: nextID)
    nextID += 1
    endpoints.append(Endpoint(id: id, address: address, concurrency: configuration.concurrency))
    return id
  }

  /// Sends this endpoint nothing more; what it has begun it may finish.
  package mutating func drain(_ id: Endpoint.ID) {
    guard let index = index(of: id) else { return }
    endpoints[index].state = .draining
  }

  /// Forgets this endpoint, which is drained or dead.
  package mutating func remove(_ id: Endpoint.ID) {
    endpoints.removeAll { $0.id == id }
  }

  package subscript(id: Endpoint.ID) -> Endpoint? { index(of: id).map { endpoints[$0] } }

  /// Whether a request could be sent now.
  package func hasReadyEndpoint(at now: Duration) -> Bool {
    endpoints.contains { $0.state == .ready || $0.isReleasable(at: now) }
  }

  private func index(of id: Endpoint.ID) -> Int? { endpoints.firstIndex { $0.id == id } }

  /// Lets those return whose ejection is over.
  private mutating func release(at now: Duration) {
    for index in endpoints.indices where endpoints[index].isReleasable(at: now) {
      endpoints[index].state = .ready
    }
  }

  private mutating func ejectIfDue(_ index: Int, at now: Duration) {
    let policy = configuration.ejection
    guard endpoints[index].state == .ready, endpoints[index].conduct.deservesEjection(policy) else {
      return
    }
    let ejectedCount = endpoints.count { $0.isEjected }
    let servingCount = endpoints.count { $0.state == .ready } + ejectedCount
    guard Double(ejectedCount + 1) <= Double(servingCount) * policy.maximumShare else { return }
    endpoints[index].state = .ejected(until: endpoints[index].conduct.eject(policy, at: now))
  }
}

extension Endpoint {
  fileprivate var isEjected: Bool { if case .ejected = state { true } else { false } }

  fileprivate func isReleasable(at now: Duration) -> Bool {
    if case .ejected(let end) = state { end <= now } else { false }
  }
}
