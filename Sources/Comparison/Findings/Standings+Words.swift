import Plotting
import Simulation

extension Standings {
  /// What was found, in sentences; each follows from the figures.
  package var sentences: [String] {
    guard let winner else {
      let isMeasured = unmeasured.isEmpty
      return isMeasured
        ? ["Only a bound was run: there is nothing to compare it with."] : [unmeasuredSentence]
    }
    return [
      result(of: winner), unmeasured.isEmpty ? nil : unmeasuredSentence, equalsSentence,
      roleSentence(winner), boundSentence(winner), beatenSentence, seedSentence,
    ].compactMap(\.self)
  }

  /// Of whom nothing can be said, and why.
  private var unmeasuredSentence: String {
    let records = summaries.flatMap(\.records)
    guard records.contains(where: \.promisesAnything) else {
      return
        "Nothing was measured: no entry point promises anything, so nobody wins. Give one an slo."
    }
    let whom = unmeasured.map(\.choice.text).joined(separator: ", ")
    let result = winner == nil ? "Nothing was measured, so nobody wins" : "Not measured: \(whom)"
    let runs = unmeasured.flatMap(\.records)
    let emptyCount = runs.count { $0.keptWindowShare == nil }
    return "\(result): in \(emptyCount) of \(runs.count) runs no window of the SLO was over in"
      + " which a request ended. Let the runs last for several windows."
  }

  private func result(of winner: PolicySummary) -> String {
    "\(winner.choice.text) does best: the promise kept in \(winner.keptText) of the windows"
      + " for \(winner.costWords)."
  }

  private var equalsSentence: String? {
    guard !equals.isEmpty else { return nil }
    let others = equals.map { "\($0.choice.text) (\($0.cost.text(3)) units)" }
    return "No worse at the promise, as far as these seeds tell, but not cheaper: "
      + others.joined(separator: ", ") + "."
  }

  /// Whether a simple rule is enough.
  private func roleSentence(_ winner: PolicySummary) -> String {
    let contenders = summaries.filter { $0.choice.role == .contender }
    let baselines = summaries.filter { $0.choice.role == .baseline }
    guard !contenders.isEmpty else {
      return "Only simple rules were compared: no policy here models the application or the load."
    }
    let names = contenders.map(\.choice.text).joined(separator: ", ")
    if winner.choice.role == .baseline {
      return "A simple rule wins here: \(winner.choice.text) before \(names)."
    }
    guard let best = Standings(baselines).winner else {
      return "No simple rule was run beside \(names)."
    }
    return
      "The best simple rule is \(best.choice.text): \(best.keptText) of the windows"
      + " for \(best.costWords)."
  }

  private func boundSentence(_ winner: PolicySummary) -> String? {
    guard let bound, bound.keptWindows != nil else { return nil }
    let difference = (winner.cost.mean / bound.cost.mean - 1) * 100
    let words =
      "\(abs(difference).decimalText(fractionCount: 1)) % \(difference < 0 ? "less" : "more")"
    return
      "\(bound.choice.text), which knows the load to come, keeps \(bound.keptText)"
      + " for \(bound.costWords); \(winner.choice.text) costs \(words)."
  }

  private var beatenSentence: String? {
    guard !beaten.isEmpty else { return nil }
    let pairs = beaten.map { "\($0.policy.choice.text) (by \($0.by.choice.text))" }
    return "Beaten at the promise and at the cost: " + pairs.joined(separator: ", ") + "."
  }

  private var seedSentence: String? {
    guard summaries.first?.records.count == 1 else { return nil }
    return "One seed says nothing of chance: run more before believing small differences."
  }

  /// Where a simple rule is the best choice, entry point by entry point; nil without a contender.
  package var entryPointSentence: String? {
    guard summaries.contains(where: { $0.choice.role == .contender }) else { return nil }
    let names = summaries.first?.records.first?.report.entryPoints.map(\.name) ?? []
    let winners = names.indices.compactMap { index in winner(at: index).map { (names[index], $0) } }
    guard !winners.isEmpty else { return nil }
    let simple = winners.filter { $0.1.choice.role == .baseline }
    let places = simple.map { "\($0.0) (\($0.1.choice.text))" }.joined(separator: ", ")
    return "A simple rule is best at \(simple.count) of \(winners.count) entry points"
      + (places.isEmpty ? "." : ": \(places).")
  }
}

extension PolicySummary {
  /// The share of windows in which the promise was kept.
  var keptText: String { keptWindows?.percentText ?? "not measured" }

  fileprivate var costWords: String {
    "\(coreHours.text(2)) core-hours and \(cost.text(4)) units"
  }
}

extension Spread {
  /// The mean, and the least and most where they differ.
  func text(_ fractionCount: Int) -> String {
    let number = { (value: Double) in value.decimalText(fractionCount: fractionCount) }
    let (low, high) = (number(least), number(most))
    return low == high ? number(mean) : "\(number(mean)) (\(low) to \(high))"
  }

  /// The same in percent of one.
  var percentText: String {
    let number = { (value: Double) in (value * 100).decimalText(fractionCount: 1) }
    let (low, high) = (number(least), number(most))
    return low == high ? "\(number(mean)) %" : "\(number(mean)) % (\(low) to \(high))"
  }
}
