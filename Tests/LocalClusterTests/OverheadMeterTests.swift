import Testing

@testable import LocalCluster

@Suite struct OverheadMeterTests {
  /// A meter that has seen, second by second, so many requests that each burned 2 ms and used one more.
  private func meter(_ counts: [Int], idleSeconds: Double = 0) -> OverheadMeter {
    var meter = OverheadMeter()
    var reading = OverheadMeter.Reading(used: 1, burned: 0.5)
    meter.read(reading)
    for count in counts {
      for _ in 0..<count { meter.count() }
      reading.used += 0.003 * Double(count) + idleSeconds
      reading.burned += 0.002 * Double(count)
      meter.read(reading)
    }
    return meter
  }

  @Test func `what was used and not burned is shared by the requests`() {
    #expect(abs(meter([100]).secondsPerRequest - 0.001) < 1e-9)
    #expect(abs(meter([100, 50]).secondsPerRequest - 0.001) < 1e-9)
  }

  @Test func `seconds with few requests count together`() {
    #expect(meter([12]).secondsPerRequest == 0)
    #expect(abs(meter([12, 12]).secondsPerRequest - 0.001) < 1e-9)
  }

  @Test func `what a service does without requests is no part of them`() {
    #expect(meter(Array(repeating: 1, count: 60), idleSeconds: 0.01).secondsPerRequest == 0)
  }
}
