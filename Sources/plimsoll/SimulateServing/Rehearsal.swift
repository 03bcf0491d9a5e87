import LoadGeneration
import Scheduling
import Simulation

/// A workload on its way through a simulated engine.
struct Rehearsal {
  let requests: [PlannedRequest]
  private let workload: Workload
  private let options: SimulatedServingOptions
  private let pace: EnginePace

  init(_ workload: Workload, _ options: SimulatedServingOptions, _ pace: EnginePace) {
    self.workload = workload
    self.options = options
    self.pace = pace
    requests = workload.requests
  }

  /// What became of each request.
  func run() -> [RequestRecord] {
    let table = options.classes
    let simulated = requests.map { request in
      SimulatedRequest(
        arrival: request.arrival,
        promptCount: request.promptTokenCount,
        outputCount: request.outputTokenCount,
        maximumOutputCount: workload.outputTokenCap(
          classIndex: request.classIndex,
          promptTokenCount: request.promptTokenCount
        ),
        serviceClass: table[workload.classes[request.classIndex].name] ?? table.defaultClass
      )
    }
    let configuration = options.configuration(pace, seed: workload.seed)
    let outcomes = SimulatedEngine.outcomes(of: simulated, configuration)
    return zip(requests, outcomes).map { request, outcome in
      var timing = StreamTiming()
      var ending = RequestRecord.Ending.completed
      switch outcome.ending {
      case .answered(let first, let last):
        timing.note(at: first)
        if last > first { timing.note(at: last, onlyEnds: true) }
      case .refused: ending = .rejected(status: 429)
      case .abandoned: ending = .failed(reason: "timed out")
      case .impossible: ending = .failed(reason: "larger than the machine")
      }
      return RequestRecord(
        request,
        ending,
        timing: timing,
        sent: request.arrival,
        outputTokenCount: request.outputTokenCount
      )
    }
  }

  /// From the start to the last outcome.
  func elapsed(_ records: [RequestRecord]) -> Duration {
    records.map { max($0.timing.latestEvent ?? .zero, $0.request.arrival) }.max() ?? .zero
  }
}
