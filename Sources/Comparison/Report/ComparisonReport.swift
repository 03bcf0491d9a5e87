import Applications
import Plotting
import Simulation

/// Everything that a comparison found, ready to be written in any form.
package struct ComparisonReport: Sendable {
  package let plan: ComparisonPlan
  package let standings: Standings
  /// What makes the same report again.
  package let command: String

  /// Sums up records, one for each of the plan's keys and in their order.
  package init(_ plan: ComparisonPlan, _ records: [RunRecord], command: String) {
    precondition(records.map(\.key) == plan.keys, "records of other runs")
    self.plan = plan
    self.command = command
    standings = Standings(
      plan.policies.map { choice in
        PolicySummary(choice, records.filter { $0.key.policy == choice.text })
      }
    )
  }

  var summaries: [PolicySummary] { standings.summaries }
  var title: String { "Scaling policies on \(plan.scenario.application.name)" }
  var entryPoints: [Application.EntryPoint] { plan.scenario.application.entryPoints }

  /// The sentences that stand first.
  package var findings: [String] {
    standings.sentences + [standings.entryPointSentence].compactMap(\.self)
  }

  /// Name and value of what a reader must know to repeat it.
  var settings: [(name: String, value: String)] {
    let scenario = plan.scenario
    let rates = scenario.load.requestsPerSecond
    let crashes = scenario.meanTimeToCrash.map { "each replica after \($0.quantity) on average" }
    return [
      ("world", scenario.world.rawValue),
      ("application", scenario.application.name),
      ("services", "\(scenario.application.services.count)"),
      (
        "load",
        "\((rates.min() ?? 0).text(1)) to \((rates.max() ?? 0).text(1)) requests/s,"
          + " \(rates.count) \(rates.count == 1 ? "step" : "steps") of \(scenario.load.step.quantity)"
      ),
      ("duration", scenario.duration.quantity),
      ("seeds", "0 to \(plan.seeds.count - 1)"),
      ("crashes", crashes ?? "none"),
      ("missing signals", "\((scenario.missingSignals * 100).text(1)) %"),
      ("Plimsoll", scenario.version),
    ] + plan.learned.sources.map { ($0.name, $0.provenance) } + [
      ("digest of application, load and settings", "\(plan.digest)")
    ]
  }
}

extension Double {
  func text(_ fractionCount: Int) -> String { decimalText(fractionCount: fractionCount) }
}
