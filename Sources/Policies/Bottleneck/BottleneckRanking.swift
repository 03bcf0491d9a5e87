import Glibc

/// Which of the services that are slower than usual are the cause, most likely first.
///
/// After PBScaler's TopoRank: a random walk from callers to the callees that are slow too, which begins where slowness and slow callers meet
/// (the topological potential), so that rank gathers at the far ends of slow chains.
struct BottleneckRanking: Sendable {
  /// The chance of going on along a call.
  private static let damping = 0.85
  private static let roundCount = 50

  /// By service: indices of those it calls.
  private let callees: [[Int]]
  private let callers: [[Int]]

  init(callees: [[Int]]) {
    self.callees = callees
    var callers = Array(repeating: [Int](), count: callees.count)
    for (caller, called) in callees.enumerated() {
      for callee in called { callers[callee].append(caller) }
    }
    self.callers = callers
  }

  /// The abnormal services, most likely cause first.
  ///
  /// Both by service: `anomaly` is how abnormal it is, 0 for one that behaves as usual; `pressure` is how far its own resources are
  /// used up, what makes a call to it suspicious.
  func ranked(anomaly: [Double], pressure: [Double]) -> [Int] {
    let abnormal = callees.indices.filter { anomaly[$0] > 0 }
    let start = potential(of: abnormal, anomaly)
    var rank = start
    for _ in 0..<Self.roundCount {
      var next = start.map { (1 - Self.damping) * $0 }
      for node in abnormal {
        let targets = callees[node].filter { anomaly[$0] > 0 && $0 != node }
        let total = targets.reduce(0) { $0 + pressure[$1] }
        guard total > 0 else {
          // Who calls nobody abnormal keeps what it has, as the walk begins anew from there.
          for other in abnormal { next[other] += Self.damping * rank[node] * start[other] }
          continue
        }
        for target in targets {
          next[target] += Self.damping * rank[node] * pressure[target] / total
        }
      }
      rank = next
    }
    return abnormal.sorted { (rank[$1], $0) < (rank[$0], $1) }
  }

  /// Own anomaly, and that of callers one and two steps away, discounted by the square of the distance; sums to 1.
  private func potential(of abnormal: [Int], _ anomaly: [Double]) -> [Double] {
    var potential = Array(repeating: 0.0, count: callees.count)
    for node in abnormal {
      potential[node] = anomaly[node]
      for caller in callers[node] where caller != node {
        potential[node] += anomaly[caller] * exp(-1)
        for second in callers[caller] where second != node {
          potential[node] += anomaly[second] * exp(-4)
        }
      }
    }
    let total = potential.reduce(0, +)
    return total > 0 ? potential.map { $0 / total } : potential
  }
}
