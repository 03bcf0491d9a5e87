import Scheduling
import Simulation

/// The objectives of a load, fixed before any run from how long its requests take alone: interactive 5 times the unloaded
/// time to first token and 3 times the time per token, standard 10 and 5 times, batch 50 times the whole.
struct Objectives {
  let classes: [ServiceClass]
  /// By urgency and quartile of prompt length.
  private let objectives: [[ServiceObjective]]
  private let quartiles: [Int]

  init(_ load: Load, cost: StepCostModel, configuration: Scheduler.Configuration) {
    let prompts = load.lengths.map(\.prompt).sorted()
    let quartiles = (1...3).map { prompts[prompts.count * $0 / 4] }
    self.quartiles = quartiles
    var samples: [[SimulatedOutcome]] = Array(repeating: [], count: 4)
    let alone = SimulatedEngine.Configuration(scheduler: configuration, policy: .fcfs, cost: cost)
    for (index, request) in load.requests(rate: .infinity, classes: ServiceClassTable.usual.classes)
      .prefix(400).enumerated()
    {
      let quartile = quartiles.count { load.lengths[index].prompt >= $0 }
      samples[quartile] += SimulatedEngine.outcomes(of: [request], alone)
    }
    let first = samples.map { median($0.compactMap(\.timeToFirstToken)) }
    let pace = median(samples.joined().compactMap(\.timePerOutputToken).filter { $0 > .zero })
    let total = samples.map { median($0.compactMap(\.totalTime)) }
    objectives = [
      first.map { ServiceObjective(timeToFirstToken: $0 * 5, timePerOutputToken: pace * 3) },
      first.map { ServiceObjective(timeToFirstToken: $0 * 10, timePerOutputToken: pace * 5) },
      total.map { ServiceObjective(totalTime: $0 * 50) },
    ]
    // What the server is told: a line through the medians of the shortest and the longest quartile.
    let (short, long) = (prompts[prompts.count / 8], prompts[prompts.count * 7 / 8])
    let slope = (first[3] - first[0]) / max(long - short, 1)
    let base = max(first[0] - slope * short, .milliseconds(1))
    let whole = median(samples.joined().compactMap(\.totalTime))
    var interactive = ServiceClass.interactive
    interactive.timeToFirstToken = base * 5
    interactive.timePerPromptToken = slope * 5
    interactive.timePerOutputToken = pace * 3
    var standard = ServiceClass.standard
    standard.timeToFirstToken = base * 10
    standard.timePerPromptToken = slope * 10
    standard.timePerOutputToken = pace * 5
    var batch = ServiceClass.batch
    batch.timeToFirstToken = whole * 25
    classes = [interactive, standard, batch]
  }

  /// Attainment of interactive and standard requests by quartile of prompt length, and of batch ones.
  func attainment(_ outcomes: [SimulatedOutcome]) -> (quartiles: [Attainment], batch: Attainment) {
    var (byQuartile, batch) = (Array(repeating: Attainment(), count: 4), Attainment())
    for outcome in outcomes {
      let urgency = outcome.request.serviceClass.urgency
      let quartile = quartiles.count { outcome.request.promptCount >= $0 }
      let isMet = objectives[urgency][quartile].isMet(by: outcome)
      if urgency == 2 { batch.note(isMet: isMet) } else { byQuartile[quartile].note(isMet: isMet) }
    }
    return (byQuartile, batch)
  }
}

func median(_ durations: [Duration]) -> Duration {
  let sorted = durations.sorted()
  return sorted.isEmpty ? .zero : sorted[sorted.count / 2]
}
