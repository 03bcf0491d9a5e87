import Glibc

/// Splits one chain's budget by gradient descent: LSRAM's stage one as we reconstruct it.
///
/// The slack above the floors is shared out by a softmax, so the budget is met by construction; Adam (Kingma and Ba 2015,
/// Algorithm 1) with step 0.05 moves the logits along `∂C/∂z = −B·w·(G − Σ w·G)`.
package struct ChainDescent: Hashable, Sendable {
  package var shares: [Double]
  package var cost: Double
  package var stepCount: Int

  /// Descends until the cost stands still; nil if the budget falls short.
  package init?(_ problem: SplitProblem, maximumStepCount: Int = 300, tolerance: Double = 1e-6) {
    precondition(problem.chains.count == 1, "\(problem.chains.count) chains")
    guard problem.shortfalls.isEmpty else { return nil }
    let chain = problem.chains[0]
    let members = chain.steps.map { problem.members[$0.member] }
    let slack = zip(chain.steps, members).reduce(chain.bound) { $0 - $1.0.count * $1.1.floor }
    var logits = Array(repeating: 0.0, count: members.count)
    var adam = Adam(count: members.count)
    shares = problem.members.map(\.ceiling)
    cost = .infinity
    stepCount = 0
    while stepCount < maximumStepCount {
      let weights = softmax(logits)
      for (index, step) in chain.steps.enumerated() {
        let share = members[index].floor + slack * weights[index] / step.count
        shares[step.member] = min(share, members[index].ceiling)
      }
      let previous = cost
      cost = problem.cost(of: shares)
      if abs(previous - cost) < tolerance * cost { break }
      stepCount += 1
      // Savings per second of the chain's budget.
      let savings = zip(chain.steps, members).map { step, member in
        member.saving(at: shares[step.member]) / step.count
      }
      let mean = zip(weights, savings).reduce(0) { $0 + $1.0 * $1.1 }
      let gradient = zip(weights, savings).map { -slack * $0 * ($1 - mean) }
      adam.move(&logits, along: gradient)
    }
  }
}

extension SplitProblem.Member {
  /// Cost saved by one more second: `cost · demand · rate' / rate²`.
  package func saving(at share: Double) -> Double {
    guard share < ceiling else { return 0 }
    let root = profile.capacity * (share - profile.base) - profile.scale
    return cost * demand * profile.scale / (root * root)
  }
}

private func softmax(_ logits: [Double]) -> [Double] {
  let largest = logits.max() ?? 0
  let powers = logits.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}

/// Adam with β₁ = 0.9, β₂ = 0.999 and step 0.05.
private struct Adam {
  private var first: [Double]
  private var second: [Double]
  private var stepCount = 0.0

  init(count: Int) {
    first = Array(repeating: 0, count: count)
    second = first
  }

  mutating func move(_ parameters: inout [Double], along gradient: [Double]) {
    stepCount += 1
    let corrections = (1 - pow(0.9, stepCount), 1 - pow(0.999, stepCount))
    for index in parameters.indices {
      first[index] = 0.9 * first[index] + 0.1 * gradient[index]
      second[index] = 0.999 * second[index] + 0.001 * gradient[index] * gradient[index]
      let direction =
        first[index] / corrections.0 / ((second[index] / corrections.1).squareRoot() + 1e-12)
      parameters[index] -= 0.05 * direction
    }
  }
}
