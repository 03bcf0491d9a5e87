import Randomness
import Testing

@testable import Routing

/// Random arrivals, endings, checks, drains and removals, followed by a model that only counts.
@Suite struct EndpointPoolPropertyTests {
  private struct Trial {
    var random: SplitMix64
    var pool = EndpointPool()
    var outstanding: [Endpoint.ID] = []
    var drained: Set<Endpoint.ID> = []
    var now = Duration.zero
    var faults: [String] = []

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func step() {
      now += .milliseconds(Int.random(in: 0...3000, using: &random))
      switch Int.random(in: 0..<20, using: &random) {
      case 0: _ = pool.add(EndpointAddress(port: 9000))
      case 1: pick().map { drain($0) }
      case 2: pick().map { pool.remove($0) }
      case 3...5: pick().map { pool.note(Bool.random(using: &random) ? .passed : .failed, of: $0) }
      case 6...12: choose()
      default: finish()
      }
      check()
    }

    private mutating func pick() -> Endpoint.ID? {
      pool.endpoints.randomElement(using: &random)?.id
    }

    private mutating func drain(_ id: Endpoint.ID) {
      pool.drain(id)
      drained.insert(id)
    }

    private mutating func choose() {
      let tried = Bool.random(using: &random) ? [] : pick().map { [$0] } ?? []
      guard let id = pool.choose(excluding: tried, at: now) else {
        let spared = pool.endpoints.filter { $0.state == .ready && !tried.contains($0.id) }
        if !spared.isEmpty { faults.append("nobody is chosen though \(spared[0].id) is ready") }
        return
      }
      outstanding.append(id)
      if drained.contains(id) { faults.append("\(id) is chosen though it drains") }
      if tried.contains(id) { faults.append("\(id) is chosen though it was tried") }
      if pool[id]?.state != .ready { faults.append("\(id) is chosen though it is not ready") }
    }

    private mutating func finish() {
      guard let index = outstanding.indices.randomElement(using: &random) else { return }
      let outcomes: [RequestOutcome] = [
        .answered(200), .answered(503), .unconnected, .broken, .timedOut, .abandoned,
      ]
      let outcome = outcomes.randomElement(using: &random) ?? .broken
      pool.finish(outstanding.remove(at: index), outcome, at: now)
    }

    private mutating func check() {
      for endpoint in pool.endpoints {
        let count = outstanding.count { $0 == endpoint.id }
        if endpoint.load.current != count {
          faults.append("\(endpoint.id) has \(endpoint.load.current), not \(count)")
        }
      }
    }
  }

  @Test(arguments: 0..<100)
  func `no request goes to an endpoint that drains, and every count is kept`(seed: UInt64) {
    var trial = Trial(seed: seed)
    for _ in 0..<400 { trial.step() }
    #expect(trial.faults == [], "seed \(seed)")
  }

  @Test(arguments: 0..<20)
  func `endpoints of equal speed get equal shares`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var pool = EndpointPool()
    let count = Int.random(in: 2...9, using: &random)
    for _ in 0..<count { pool.note(.passed, of: pool.add(EndpointAddress(port: 9000))) }
    var chosen: [Endpoint.ID: Int] = [:]
    var outstanding: [Endpoint.ID] = []
    for _ in 0..<5000 {
      if outstanding.count > 3 * count {
        let index = Int.random(in: outstanding.indices, using: &random)
        pool.finish(outstanding.remove(at: index), .answered(200), at: .zero)
      }
      guard let id = pool.choose(at: .zero) else { continue }
      chosen[id, default: 0] += 1
      outstanding.append(id)
    }
    let loads = pool.endpoints.map(\.load.current)
    #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 4, "seed \(seed): \(loads)")
    let fair = 5000.0 / Double(count)
    for (id, share) in chosen {
      #expect(abs(Double(share) - fair) < 0.15 * fair, "seed \(seed), \(id): \(share) of \(fair)")
    }
  }

  @Test(arguments: 0..<20)
  func `a slow endpoint gets as little as it can finish`(seed: UInt64) {
    // Four endpoints, the first a tenth as fast, at constant concurrency: work flows to the fast ones.
    var random = SplitMix64(seed: seed)
    var pool = EndpointPool()
    for _ in 0..<4 { pool.note(.passed, of: pool.add(EndpointAddress(port: 9000))) }
    var chosen = [0, 0, 0, 0]
    var outstanding: [Endpoint.ID] = []
    for _ in 0..<4000 {
      if outstanding.count >= 8 {
        let index = outstanding.indices.randomElement(using: &random) ?? 0
        let isSlow = outstanding[index].rawValue == 0
        if !isSlow || Int.random(in: 0..<10, using: &random) == 0 {
          pool.finish(outstanding.remove(at: index), .answered(200), at: .zero)
        }
        continue
      }
      guard let id = pool.choose(at: .zero) else { continue }
      chosen[id.rawValue] += 1
      outstanding.append(id)
    }
    let fast = Double(chosen[1] + chosen[2] + chosen[3]) / 3
    #expect(Double(chosen[0]) < 0.3 * fast, "seed \(seed): \(chosen)")
  }
}
