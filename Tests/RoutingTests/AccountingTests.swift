import Randomness
import Testing

@testable import Routing

@Suite struct LatencyCountsTests {
  @Test(arguments: 0..<20)
  func `quantiles are within one part in 64 of the exact ones`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var counts = LatencyCounts()
    var values = (0..<999).map { _ in
      // Over seven decades, as latencies lie.
      1 << Int.random(in: 0...22, using: &random) + Int.random(in: 0...2000, using: &random)
    }
    for value in values { counts.record(.microseconds(value)) }
    values.sort()
    for quantile in [0.01, 0.25, 0.5, 0.95, 0.99, 1] {
      let exact = Double(values[max(0, Int((quantile * 999).rounded(.up)) - 1)])
      let found = (counts.quantile(quantile) ?? .zero) / .microseconds(1)
      #expect(abs(found - exact) <= exact / 64 + 1, "seed \(seed), \(quantile): \(found), \(exact)")
    }
  }

  @Test func `the difference of two counts is what lies between them`() {
    var counts = LatencyCounts()
    for value in 1...100 { counts.record(.milliseconds(value)) }
    let earlier = counts
    for _ in 0..<10 { counts.record(.seconds(7)) }
    let between = counts.since(earlier)
    #expect(between.count == 10)
    #expect(between.quantile(0).map { abs($0 / .seconds(7) - 1) < 0.016 } == true)
    var whole = earlier
    whole.merge(between)
    #expect(whole == counts)
  }

  @Test func `nothing has no quantile, and what is out of range is counted at its edge`() {
    var counts = LatencyCounts()
    #expect(counts.quantile(0.5) == nil)
    counts.record(.seconds(-1))
    counts.record(.seconds(1_000_000))
    #expect(counts.count == 2)
    #expect((counts.quantile(0) ?? .seconds(9)) < .microseconds(1))
    #expect((counts.quantile(1) ?? .zero) > .seconds(4000))
  }
}

@Suite struct LoadIntegralTests {
  @Test func `the average number at once is the integral over the time`() {
    var load = LoadIntegral(concurrency: 1)
    load.begin(at: .zero)
    load.begin(at: .seconds(1))
    load.begin(at: .seconds(1))
    load.end(at: .seconds(3))
    #expect(load.areas(at: .seconds(4)).all == 9)
    // Two wait for two seconds, one for another.
    #expect(load.areas(at: .seconds(4)).waiting == 5)
  }
}

@Suite struct RequestLedgerTests {
  @Test(arguments: 0..<20)
  func `every request is in flight or has ended in one way`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var ledger = RequestLedger()
    var now = Duration.zero
    for _ in 0..<500 {
      now += .milliseconds(1)
      if ledger.inFlightCount == 0 || Bool.random(using: &random) {
        ledger.begin(at: now)
      } else if let ending = RequestLedger.Ending.allCases.randomElement(using: &random) {
        ledger.end(ending, after: .milliseconds(2), at: now)
      }
      ledger.checkInvariants()
    }
    let known = RequestLedger.Ending.allCases.map { ledger.count($0) }.reduce(0, +)
    #expect(known == ledger.endedCount)
    #expect(ledger.latencies.count == ledger.count(.answered))
    #expect(
      ledger.errorCount + ledger.count(.answered) + ledger.count(.abandoned) == ledger.endedCount
    )
  }
}

@Suite struct RetryPolicyTests {
  @Test func `a fifth of the requests in flight may be retries, and three always`() {
    let policy = RetryPolicy()
    #expect(policy.allows(retriesInFlight: 2, requestsInFlight: 1))
    #expect(!policy.allows(retriesInFlight: 3, requestsInFlight: 1))
    #expect(policy.allows(retriesInFlight: 19, requestsInFlight: 100))
    #expect(!policy.allows(retriesInFlight: 20, requestsInFlight: 100))
  }

  @Test(arguments: [
    ("GET", true), ("PUT", true), ("DELETE", true), ("POST", false), ("PATCH", false),
  ])
  func `a method is idempotent as RFC 9110 says`(method: String, isIdempotent: Bool) {
    #expect(RetryPolicy.isIdempotent(method: method) == isIdempotent)
  }
}
