import LoadGeneration
import Scheduling
import Simulation

/// A workload on its way through a simulated engine.
struct Rehearsal {
  private let workload: Workload
  private let options: SimulatedServingOptions
  private let pace: EnginePace

  init(_ workload: Workload, _ options: SimulatedServingOptions, _ pace: EnginePace) {
    self.workload = workload
    self.options = options
    self.pace = pace
  }

  /// Tells what became of each request, in the order in which they end; returns how its length was foreseen.
  func run(
    _ observe: @escaping (RequestRecord) -> Void
  ) -> [LengthProfiler.Source: LengthProfiler.Accuracy] {
    let table = options.classes
    var engine = SimulatedEngine(
      options.configuration(pace, seed: workload.seed),
      workload.planned.lazy.map { simulated($0, table) },
      longestPrompt: options.maxModelLen
    )
    engine.observeOutcome = { observe(record($0, $1)) }
    engine.run()
    return engine.scheduler.predictor.accuracy
  }

  private func simulated(_ request: PlannedRequest, _ table: ServiceClassTable) -> SimulatedRequest
  {
    var simulated = SimulatedRequest(
      arrival: request.arrival,
      promptCount: request.promptTokenCount,
      outputCount: request.outputTokenCount,
      maximumOutputCount: workload.outputTokenCap(
        classIndex: request.classIndex,
        promptTokenCount: request.promptTokenCount
      ),
      serviceClass: table[workload.classes[request.classIndex].name] ?? table.defaultClass
    )
    simulated.label = request.classIndex
    return simulated
  }

  private func record(_ index: Int, _ outcome: SimulatedOutcome) -> RequestRecord {
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
    let request = outcome.request
    return RequestRecord(
      PlannedRequest(
        index: index,
        arrival: request.arrival,
        classIndex: request.label,
        promptTokenCount: request.promptCount,
        outputTokenCount: request.outputCount
      ),
      ending,
      timing: timing,
      sent: request.arrival,
      outputTokenCount: request.outputCount
    )
  }
}
