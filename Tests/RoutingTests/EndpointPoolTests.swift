import Testing

@testable import Routing

/// The contract of the balancer, case by case.
@Suite struct EndpointPoolTests {
  private func pool(
    ready count: Int,
    _ configure: (inout EndpointPool.Configuration) -> Void = { _ in }
  ) -> EndpointPool {
    var configuration = EndpointPool.Configuration()
    configure(&configuration)
    var pool = EndpointPool(configuration)
    for index in 0..<count {
      let id = pool.add(EndpointAddress(port: 9000 + index))
      pool.note(.passed, of: id)
    }
    return pool
  }

  /// One request after the other, each ended before the next.
  private func serve(_ pool: inout EndpointPool, _ outcome: RequestOutcome, times: Int = 1) {
    for _ in 0..<times {
      guard let id = pool.choose(at: .zero) else { return }
      pool.finish(id, outcome, at: .zero)
    }
  }

  @Test func `equals take turns`() {
    var pool = pool(ready: 3)
    let order = (0..<6).compactMap { _ in pool.choose(at: .zero)?.rawValue }
    #expect(order == [0, 1, 2, 0, 1, 2])
  }

  @Test func `the next request goes where the fewest are`() throws {
    var pool = pool(ready: 3)
    let ids = pool.endpoints.map(\.id)
    for _ in 0..<6 { _ = pool.choose(at: .zero) }
    pool.finish(ids[1], .answered(200), at: .zero)
    #expect(pool.choose(at: .zero) == ids[1])
  }

  @Test func `an endpoint gets nothing before it passes a health check`() {
    var pool = EndpointPool()
    let id = pool.add(EndpointAddress(port: 9000))
    #expect(pool.choose(at: .zero) == nil)
    pool.note(.failed, of: id)
    #expect(pool.choose(at: .zero) == nil)
    pool.note(.passed, of: id)
    #expect(pool.choose(at: .zero) == id)
  }

  @Test func `three failed health checks in a row take an endpoint out, one pass brings it back`() {
    var pool = pool(ready: 1)
    let id = pool.endpoints[0].id
    for result in [HealthCheckResult.failed, .failed, .passed, .failed, .failed] {
      pool.note(result, of: id)
    }
    #expect(pool[id]?.state == .ready)
    pool.note(.failed, of: id)
    #expect(pool[id]?.state == .unready)
    pool.note(.passed, of: id)
    #expect(pool[id]?.state == .ready)
  }

  @Test func `a draining endpoint finishes what it has begun and gets nothing more`() {
    var pool = pool(ready: 2)
    let id = pool.endpoints[0].id
    _ = pool.choose(at: .zero)
    pool.drain(id)
    #expect(pool[id]?.isDrained == false)
    pool.note(.passed, of: id)
    #expect((0..<4).compactMap { _ in pool.choose(at: .zero) }.contains(id) == false)
    pool.finish(id, .answered(200), at: .zero)
    #expect(pool[id]?.isDrained == true)
  }

  @Test func `a retry goes elsewhere, or nowhere`() {
    var pool = pool(ready: 2)
    let ids = pool.endpoints.map(\.id)
    #expect(pool.choose(excluding: [ids[0]], at: .zero) == ids[1])
    #expect(pool.choose(excluding: ids, at: .zero) == nil)
  }

  @Test func `five faults in a row eject, and a success in between forgives`() {
    var pool = pool(ready: 2)
    let id = pool.endpoints[0].id
    func fault(_ times: Int) {
      for _ in 0..<times {
        _ = pool.choose(excluding: [pool.endpoints[1].id], at: .zero)
        pool.finish(id, .answered(500), at: .zero)
      }
    }
    fault(4)
    _ = pool.choose(excluding: [pool.endpoints[1].id], at: .zero)
    pool.finish(id, .answered(404), at: .zero)
    fault(4)
    #expect(pool[id]?.state == .ready)
    fault(1)
    #expect(pool[id]?.state == .ejected(until: .seconds(30)))
  }

  @Test func `a refused connection ejects at once`() {
    var pool = pool(ready: 2)
    serve(&pool, .unconnected)
    #expect(pool.endpoints[0].state == .ejected(until: .seconds(30)))
  }

  @Test func `a client that goes away says nothing about the endpoint`() {
    var pool = pool(ready: 2)
    serve(&pool, .abandoned, times: 40)
    #expect(pool.endpoints.allSatisfy { $0.state == .ready })
  }

  @Test(arguments: [(1, 0), (2, 1), (3, 1), (4, 2), (7, 3)])
  func `at most half are ejected, and never the last`(count: Int, ejected: Int) {
    var pool = pool(ready: count)
    serve(&pool, .broken, times: 100)
    #expect(pool.endpoints.count { $0.state == .ejected(until: .seconds(30)) } == ejected)
    #expect(pool.choose(at: .zero) != nil)
  }

  @Test func `an ejected endpoint returns, and each further ejection is longer`() {
    var pool = pool(ready: 2)
    let (bad, good) = (pool.endpoints[0].id, pool.endpoints[1].id)
    var now = Duration.zero
    var lengths: [Duration] = []
    for _ in 0..<12 {
      #expect(pool.choose(excluding: [good], at: now) == bad)
      pool.finish(bad, .unconnected, at: now)
      guard case .ejected(let end)? = pool[bad]?.state else { continue }
      #expect(pool.choose(excluding: [good], at: end - .nanoseconds(1)) == nil)
      lengths.append(end - now)
      now = end
    }
    #expect(lengths == (1...12).map { .seconds(min(30 * $0, 300)) })
  }

  @Test func `good conduct takes an earlier ejection back`() {
    var pool = pool(ready: 2)
    let (bad, good) = (pool.endpoints[0].id, pool.endpoints[1].id)
    func eject(at now: Duration) -> Endpoint.State? {
      _ = pool.choose(excluding: [good], at: now)
      pool.finish(bad, .unconnected, at: now)
      return pool[bad]?.state
    }
    #expect(eject(at: .zero) == .ejected(until: .seconds(30)))
    #expect(eject(at: .seconds(30)) == .ejected(until: .seconds(90)))
    #expect(eject(at: .seconds(200)) == .ejected(until: .seconds(230)))
  }

  @Test func `an ejected endpoint that fails its health checks is unready`() {
    var pool = pool(ready: 2)
    serve(&pool, .unconnected)
    let id = pool.endpoints[0].id
    for _ in 0..<3 { pool.note(.failed, of: id) }
    #expect(pool[id]?.state == .unready)
    #expect(pool.choose(excluding: [pool.endpoints[1].id], at: .seconds(31)) == nil)
  }

  @Test func `the end of a request at an endpoint that is gone changes nothing`() {
    var pool = pool(ready: 2)
    let id = pool.choose(at: .zero)
    if let id {
      pool.remove(id)
      pool.finish(id, .broken, at: .zero)
    }
    #expect(pool.endpoints.map(\.load.current) == [0])
  }
}
