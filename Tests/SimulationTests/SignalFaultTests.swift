import Applications
import Control
import OrderedCollections
import Testing

@testable import Simulation

@Suite struct SignalFaultTests {
  private func observation(_ number: Int) -> Observation {
    Observation(
      time: .seconds(15 * number),
      services: [
        "a": ServiceObservation(
          desiredReplicaCount: 1,
          resources: Resources(),
          signals: [.cpuUsage: Signal(Double(number), .millicores, window: .seconds(15))]
        )
      ]
    )
  }

  /// The signal as it arrives at each of so many observations.
  private func received(_ plan: SignalFaultPlan, _ count: Int) -> [Signal?] {
    var faults = SignalFaults(plan, seed: 1)
    return (1...count).map { faults.pass(observation($0)).services["a"]?.signals[.cpuUsage] }
  }

  @Test func `without faults signals arrive as they are`() {
    #expect(received(SignalFaultPlan(), 3).map { $0?.value } == [1, 2, 3])
  }

  @Test func `signals go missing as often as planned`() {
    let lost = received(SignalFaultPlan(missing: 0.2), 2000).count { $0 == nil }
    #expect(abs(Double(lost) / 2000 - 0.2) < 0.03)
  }

  @Test func `a late signal tells its age`() {
    for (number, signal) in received(SignalFaultPlan(late: 1, lateness: 3), 40).enumerated() {
      guard let signal else { continue }
      let behind = number + 1 - Int(signal.value)
      #expect((1...3).contains(behind))
      #expect(signal.age == .seconds(15 * behind))
    }
  }

  @Test func `a repeated signal is marked`() {
    let signals = received(SignalFaultPlan(repeated: 1), 3)
    #expect(signals.map { $0?.value } == [nil, 1, 2])
    #expect(signals[2]?.quality == .suspect)
  }

  @Test func `a wrong value looks like any other`() {
    let signals = received(SignalFaultPlan(wrong: 1), 50)
    for (number, signal) in signals.enumerated() {
      let factor = (signal?.value ?? 0) / Double(number + 1)
      #expect((0.1...10).contains(factor) && factor != 1)
      #expect(signal?.quality == .good)
    }
  }
}
