import Glibc
import Policies

// Times the split of budgets over random applications: from scratch, and after one service changed; prints Markdown,
// the medians of ROUNDS runs over equal problems. usage: SplitBench [ROUNDS]

let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 15
let clock = ContinuousClock()

func milliseconds(_ work: () -> Void) -> Double {
  let duration = clock.measure(work)
  return Double(duration.components.attoseconds) * 1e-15 + Double(duration.components.seconds) * 1e3
}

func text(_ values: [Double]) -> String {
  let sorted = values.sorted()
  let shown = [sorted[sorted.count / 2], sorted[0], sorted[sorted.count - 1]].map {
    ($0 * 1000).rounded() / 1000
  }
  return "\(shown[0]) (\(shown[1]) to \(shown[2]))"
}

print(
  "| services | chains | from scratch, ms | update, ms | cost over the dual bound, % | feasible |"
)
print("| ---: | ---: | ---: | ---: | ---: | --- |")
for (memberCount, chainCount) in [(100, 20), (1000, 200), (10_000, 2000)] {
  let problem = SplitProblem.random(members: memberCount, chains: chainCount, seed: 7)
  guard var ascent = DualAscent(problem) else { fatalError("an infeasible problem was drawn") }
  let cost = problem.cost(of: ascent.shares)
  let excess = (cost / ascent.lowerBound - 1) * 100
  let isFeasible = problem.isFeasible(ascent.shares)
  let scratch = (0..<rounds).map { _ in milliseconds { ascent = DualAscent(problem) ?? ascent } }
  let updates = (0..<rounds).map { round in
    var member = problem.members[round * memberCount / rounds]
    member.demand *= 1.2
    var changed = ascent
    let member_ = member
    return milliseconds { _ = changed.update(round * memberCount / rounds, to: member_) }
  }
  let row = [
    "\(memberCount)", "\(chainCount)", text(scratch), text(updates),
    "\((excess * 1e4).rounded() / 1e4)", "\(isFeasible)",
  ]
  print("| \(row.joined(separator: " | ")) |")
}
