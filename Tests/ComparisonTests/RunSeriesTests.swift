import Simulation
import Testing

@testable import Comparison

@Suite struct RunSeriesTests {
  @Test func `policies of different intervals get the same cells`() {
    let slow = (1...4).map { SimulationReport.Moment.made(Double($0) * 30, replicas: $0) }
    let fast = (1...60).map { SimulationReport.Moment.made(Double($0) * 2, replicas: $0) }
    let series = [slow, fast].map { RunSeries($0, duration: 120) }
    #expect(series.map(\.cellLength) == [15, 15])
    #expect(series.map(\.cells.count) == [8, 8])
    // What the slow one measured at 30 s holds for the half minute before.
    #expect(series[0].cells.map(\.replicaCount) == [1, 1, 2, 2, 3, 3, 4, 4])
    // Seven readings, 2 s to 14 s, then eight.
    #expect(series[1].cells[0].replicaCount == 4)
    #expect(series[1].cells[1].replicaCount == 11.5)
  }

  @Test func `long runs have as many cells as a plot shows`() {
    let moments = (1...10_000).map {
      SimulationReport.Moment.made(Double($0) * 15, replicas: 1, broken: $0 / 100)
    }
    let series = RunSeries(moments, duration: 150_000)
    #expect(series.cells.count == 240)
    #expect(series.cells.last?.brokenWindowCount == 100)
    #expect(series.cells.last?.cost == 150)
    #expect(series.cells[0].latencies == [0.125])
  }

  @Test func `a run that was never observed has no cells`() {
    #expect(RunSeries([], duration: 5).cells.isEmpty)
  }
}
