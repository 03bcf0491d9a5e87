/// Solves a ``SplitProblem`` by ascent on the prices of the chains' budgets, and keeps the solution up to date.
///
/// After LSRAM's two stages. With a price per second on every chain each service's share follows alone; a chain's price is right
/// when its budget is just used up, or zero when it is not needed. Where our reconstruction moves all prices at once by a
/// shrinking step, this sets one price after the other exactly (coordinate ascent on the concave dual): each step is monotone,
/// and after a change only the chains that it reaches are touched.
package struct DualAscent: Sendable {
  package private(set) var problem: SplitProblem
  /// Seconds for each member; feasible only after ``shares`` has been taken.
  private var rawShares: [Double]
  /// Cost saved by one more second of a chain's bound.
  package private(set) var prices: [Double]
  /// Price steps so far: the measure of work.
  package private(set) var stepCount = 0
  private var memberPrices: [Double]
  private var latencies: [Double]
  private let uses: [[Use]]
  private let tolerance: Double
  private var queue: [Int] = []
  private var isQueued: [Bool]

  /// A chain that a member is part of.
  private struct Use: Sendable {
    var chain: Int
    var count: Double
  }

  /// Solves the problem; nil if a budget falls short, which ``SplitProblem/shortfalls`` explains.
  package init?(_ problem: SplitProblem, tolerance: Double = 1e-6) {
    guard problem.shortfalls.isEmpty else { return nil }
    self.problem = problem
    self.tolerance = tolerance
    var uses: [[Use]] = Array(repeating: [], count: problem.members.count)
    for (index, chain) in problem.chains.enumerated() {
      for step in chain.steps { uses[step.member].append(Use(chain: index, count: step.count)) }
    }
    self.uses = uses
    rawShares = problem.members.map(\.ceiling)
    prices = Array(repeating: 0, count: problem.chains.count)
    memberPrices = Array(repeating: 0, count: problem.members.count)
    latencies = problem.chains.map { [rawShares] in $0.latency(rawShares) }
    isQueued = Array(repeating: false, count: problem.chains.count)
    for chain in problem.chains.indices { enqueueIfOff(chain) }
    settle()
  }

  /// Changes one service and recomputes only what it reaches; false, and no change, if a budget falls short then.
  package mutating func update(_ member: Int, to new: SplitProblem.Member) -> Bool {
    let old = problem.members[member]
    problem.members[member] = new
    let isShort = uses[member].contains { use in
      let chain = problem.chains[use.chain]
      let needed = chain.steps.reduce(0) { $0 + $1.count * problem.members[$1.member].floor }
      return needed >= chain.bound
    }
    if isShort {
      problem.members[member] = old
      return false
    }
    reprice(member)
    settle()
    return true
  }

  /// Seconds for each member: the dual's answer, with what exceeds a budget by rounding taken back.
  package var shares: [Double] {
    var shares = rawShares
    for chain in problem.chains {
      let excess = chain.latency(shares) - chain.bound
      guard excess > 0 else { continue }
      let slack = chain.steps.reduce(0) {
        $0 + $1.count * (shares[$1.member] - problem.members[$1.member].floor)
      }
      guard slack > 0 else { continue }
      for step in chain.steps {
        let floor = problem.members[step.member].floor
        shares[step.member] = floor + (shares[step.member] - floor) * max(0, 1 - excess / slack)
      }
    }
    return shares
  }

  /// No split costs less than this (weak duality).
  package var lowerBound: Double {
    let members = problem.members.indices.reduce(0.0) {
      $0 + problem.members[$1].cost(of: rawShares[$1]) + memberPrices[$1] * rawShares[$1]
    }
    return zip(prices, problem.chains).reduce(members) { $0 - $1.0 * $1.1.bound }
  }

  // MARK: Ascent

  /// Sets prices until every chain is right; a bound on the work keeps two chains from passing a sliver for ever.
  private mutating func settle() {
    var budget = 2000 * max(1, problem.chains.count)
    var next = 0
    while next < queue.count, budget > 0 {
      let chain = queue[next]
      next += 1
      budget -= 1
      isQueued[chain] = false
      setPrice(of: chain)
      if next > 4096, next * 2 > queue.count {
        queue.removeFirst(next)
        next = 0
      }
    }
    for chain in queue[next...] { isQueued[chain] = false }
    queue.removeAll(keepingCapacity: true)
  }

  /// The price at which the chain's budget is just used up, the other prices as they are.
  private mutating func setPrice(of chain: Int) {
    stepCount += 1
    let price = solvePrice(of: chain)
    let change = price - prices[chain]
    guard change != 0 else { return }
    prices[chain] = price
    for step in problem.chains[chain].steps {
      // Prices that cancel leave a rounding error behind, which must not count as a price.
      let sum = memberPrices[step.member] + step.count * change
      memberPrices[step.member] = sum > 1e-12 * abs(change) ? sum : 0
      reprice(step.member, except: chain)
    }
    latencies[chain] = problem.chains[chain].latency(rawShares)
  }

  /// Newton's method on a decreasing function, kept between the bounds that its values prove.
  private func solvePrice(of chain: Int) -> Double {
    let own = prices[chain]
    let steps = problem.chains[chain].steps
    let bound = problem.chains[chain].bound
    func excess(at price: Double) -> (value: Double, slope: Double) {
      var value = -bound
      var slope = 0.0
      for step in steps {
        let member = problem.members[step.member]
        let total = max(0, memberPrices[step.member] + step.count * (price - own))
        let share = member.share(at: total)
        value += step.count * share
        guard share > member.floor, share < member.ceiling else { continue }
        let queueing = share - member.profile.base - member.profile.scale / member.profile.capacity
        slope -= 0.5 * step.count * step.count * queueing / total
      }
      return (value, slope)
    }
    guard excess(at: 0).value > 0 else { return 0 }
    var low = 0.0
    var high = max(own, 1e-9)
    while excess(at: high).value > 0 {
      low = high
      high *= 4
    }
    var price = own > low && own < high ? own : (low + high) / 2
    for _ in 0..<100 {
      let (value, slope) = excess(at: price)
      if abs(value) <= tolerance * 0.01 * bound { break }
      if value > 0 { low = price } else { high = price }
      let newton = slope < 0 ? price - value / slope : .infinity
      price = newton > low && newton < high ? newton : (low + high) / 2
      if high - low <= 1e-15 * high { break }
    }
    return price
  }

  /// Takes a member's share from its price and passes the difference to its chains.
  private mutating func reprice(_ member: Int, except chain: Int? = nil) {
    let share = problem.members[member].share(at: memberPrices[member])
    let change = share - rawShares[member]
    guard change != 0 else { return }
    rawShares[member] = share
    for use in uses[member] {
      latencies[use.chain] += use.count * change
      if use.chain != chain { enqueueIfOff(use.chain) }
    }
  }

  private mutating func enqueueIfOff(_ chain: Int) {
    let bound = problem.chains[chain].bound
    let excess = (latencies[chain] - bound) / bound
    let isOff = excess > tolerance || (excess < -tolerance && prices[chain] > 0)
    guard isOff, !isQueued[chain] else { return }
    isQueued[chain] = true
    queue.append(chain)
  }
}
