import Applications
import Control
import OrderedCollections

/// One entry point's promise, the chains that have to keep it, and how much its budget may exceed the bound.
struct Promise: Hashable, Sendable {
  let entryPoint: EntryPointName
  let slo: SLO
  /// Steps by the services' indices.
  let chains: [[SplitProblem.Chain.Step]]
  private(set) var feedback: BudgetFeedback
  private var feedbackAt: Duration?

  init?(
    _ entryPoint: Application.EntryPoint,
    in application: Application,
    index: [ServiceName: Int]
  ) {
    guard let slo = entryPoint.slo else { return nil }
    self.slo = slo
    self.entryPoint = entryPoint.name
    chains = CallChains(from: entryPoint, in: application).counts.compactMap { chain in
      let steps = chain.compactMap { name, count in
        index[name].map { SplitProblem.Chain.Step($0, count: count) }
      }
      return steps.isEmpty ? nil : steps
    }
    guard !chains.isEmpty else { return nil }
    let stageCounts = chains.map { chain in chain.reduce(0) { $0 + $1.count } }
    feedback = BudgetFeedback(stageCount: max(stageCounts.min() ?? 1, 1))
  }

  /// The budget of every chain, in seconds.
  var budget: Double { slo.bound.seconds * feedback.factor }

  /// The latency at the promise's quantile over its bound; nil while unknown.
  func ratio(in observation: Observation) -> Double? {
    guard let latency = observation.entryPoints[entryPoint]?[.latencyAtSLO],
      latency.quality == .good, latency.value.isFinite
    else { return nil }
    return latency.value / slo.bound.seconds
  }

  /// Takes the measured tail once a window, as each measurement covers one.
  mutating func observe(_ observation: Observation) {
    guard let ratio = ratio(in: observation),
      feedbackAt.map({ observation.time - $0 >= slo.window }) ?? true
    else { return }
    feedback.observe(ratio)
    feedbackAt = observation.time
  }
}
