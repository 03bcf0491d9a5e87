import Applications
import Control
import Testing

@testable import Simulation

@Suite struct ServiceSweepTests {
  private func application() throws -> Application {
    try Application(
      parsing: """
        apiVersion: plimsoll.dev/v1alpha1
        kind: Application
        metadata: {name: town}
        spec:
          entryPoints:
          - {name: get, service: front, operation: get}
          services:
          - name: front
            operations:
            - name: get
              work: {cpu: 1ms}
              calls: [{service: store, operation: read, count: 3}, {service: store, operation: write}]
            - {name: unused, work: {cpu: 500ms}}
          - name: store
            resources: {requests: {cpu: 500m}, limits: {cpu: 500m}}
            replicas: {max: 9, initial: 4}
            operations:
            - {name: read, work: {cpu: 10ms}}
            - {name: write, work: {cpu: 30ms}}
          - name: idle
            operations: [{name: rest, work: {cpu: 1ms}}]
        """
    )
  }

  @Test func `a service is alone, one replica, with the mix that the application asks of it`()
    throws
  {
    let sweep = try #require(ServiceSweep("store", of: application()))
    // Three reads to a write take 15 ms in the mean, of half a core.
    #expect(abs(sweep.capacity - 500 / 15) < 1e-9)
    #expect(sweep.application.services.map(\.name) == ["store"])
    #expect(
      sweep.application.services[0].replicas == ReplicaBounds(initial: 1, minimum: 1, maximum: 1)
    )
    #expect(sweep.application.entryPoints.map(\.weight) == [3, 1])
    let front = try #require(ServiceSweep("front", of: application()))
    #expect(front.application.entryPoints.map(\.operation) == ["get"])
    let calls = front.application.services[0].operations.flatMap(\.calls)
    #expect(calls.isEmpty)
  }

  @Test func `a service that nobody calls has no load to meet`() throws {
    let application = try application()
    #expect(ServiceSweep("idle", of: application) == nil)
    #expect(ServiceSweep("nobody", of: application) == nil)
  }

  @Test func `the latency grows with the load, and the load comes as it is meant to`() async throws
  {
    let sweep = try #require(ServiceSweep("store", of: application()))
    let readings = await sweep.readings(seed: 1)
    func median(_ share: Double) throws -> Double {
      let latencies = readings.filter { $0.share == share }.compactMap {
        $0.signals[.latencyP95]?.value
      }
      return try #require(latencies.sorted().dropFirst(latencies.count / 2).first)
    }
    let (low, middle, late) = (try median(0.15), try median(0.6), try median(0.9))
    #expect(low < middle && middle < late)
    let high = readings.filter { $0.share == 0.9 }.compactMap { $0.signals[.requestRate]?.value }
    let mean = high.reduce(0, +) / Double(high.count)
    #expect(abs(mean / (0.9 * sweep.capacity) - 1) < 0.1)
    let again = await sweep.readings(seed: 1)
    #expect(again == readings)
  }
}
