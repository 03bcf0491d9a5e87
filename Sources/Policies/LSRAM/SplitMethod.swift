/// How a budget is split over services: the optimum, or one of the rules that it has to beat.
enum SplitMethod: String, Hashable, Sendable, CaseIterable {
  /// The least cost.
  case optimal
  /// Every call the same share.
  case equal
  /// In proportion to an idle replica's latency, after GrandSLAm.
  case proportional
  /// Unit by unit to whoever saves most, after Parslo.
  case greedy
  /// The optimum of one chain in closed form; the optimum by ascent where there is none.
  case closedForm = "closed-form"

  /// Seconds for each member; nil if the rule gives a service less than it can do.
  func shares(for problem: SplitProblem, optimum: () -> [Double]?) -> [Double]? {
    switch self {
    case .optimal: optimum()
    case .equal: problem.equalSplit
    case .proportional: problem.proportionalSplit
    case .greedy: problem.greedySplit(unit: (problem.chains.map(\.bound).min() ?? 1) / 500)
    case .closedForm: problem.closedForm ?? optimum()
    }
  }
}
