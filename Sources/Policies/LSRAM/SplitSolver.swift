import Applications

/// Solves one slice's split after the other, from the last prices where only a few services changed.
struct SplitSolver: Sendable {
  private var ascent: DualAscent?

  /// A slice's outcome, by the members' indices.
  struct Plan: Sendable {
    /// Seconds.
    var shares: [Double]
    var counts: [Int]
    var complaint: Complaint?
  }

  /// Why there is no split.
  enum Complaint: Hashable, Sendable {
    /// A budget below what these members need when idle, the largest need first.
    case infeasible(budget: Double, needed: Double, members: [Int])
    /// The rule gives a service less than it can do at any cost.
    case ruleFails(SplitMethod)
  }

  /// How busy replicas may be when there is no split.
  private static let safeUtilization = 0.7

  mutating func plan(_ problem: SplitProblem, by method: SplitMethod) -> Plan {
    if let shortfall = problem.shortfalls.first {
      ascent = nil
      let budget = problem.chains[shortfall.chain].bound
      return fallback(
        problem,
        .infeasible(budget: budget, needed: shortfall.needed, members: shortfall.members)
      )
    }
    guard let shares = method.shares(for: problem, optimum: { optimum(problem) }) else {
      return fallback(problem, .ruleFails(method))
    }
    let replicas = WholeReplicas(problem, shares: shares)
    return Plan(shares: shares, counts: replicas.counts)
  }

  /// Only what changed is computed again, unless most of it did.
  private mutating func optimum(_ problem: SplitProblem) -> [Double]? {
    guard var known = ascent, known.problem.chains == problem.chains else {
      return start(problem)
    }
    let changed = problem.members.indices.filter {
      problem.members[$0] != known.problem.members[$0]
    }
    guard changed.count * 4 <= problem.members.count else { return start(problem) }
    for index in changed where !known.update(index, to: problem.members[index]) {
      return start(problem)
    }
    ascent = known
    return known.shares
  }

  private mutating func start(_ problem: SplitProblem) -> [Double]? {
    ascent = DualAscent(problem)
    return ascent?.shares
  }

  private func fallback(_ problem: SplitProblem, _ complaint: Complaint) -> Plan {
    let rates = problem.members.map {
      min($0.profile.testedRate, Self.safeUtilization * $0.profile.capacity)
    }
    return Plan(
      shares: zip(problem.members, rates).map { $0.profile.latency(at: $1) },
      counts: zip(problem.members, rates).map { max(1, Int(($0.demand / $1).rounded(.up))) },
      complaint: complaint
    )
  }
}

extension SplitSolver.Complaint {
  /// For a person, with the services' names.
  func words(_ names: [ServiceName]) -> String {
    switch self {
    case .infeasible(let budget, let needed, let members):
      let binding = members.prefix(3).map { names[$0].rawValue }.joined(separator: ", ")
      return "the budget of \((budget * 1000).formatted(0)) ms is less than the "
        + "\((needed * 1000).formatted(0)) ms of idle replicas, most of them of \(binding)"
    case .ruleFails(let method):
      return "the \(method.rawValue) split gives a service less than an idle replica needs"
    }
  }
}
