/// Turns what overlaps and what does not into stages that run one after the other or at once.
///
/// Callees that overlap, directly or through others, form one stage; the stages follow each other. Within a
/// stage, callees that do not overlap, directly or through others in that sense, form one branch. This is the
/// decomposition of a cograph (Corneil, Lerchs and Stewart Burlingham 1981), which series-parallel calls are.
struct StageInference {
  private let pattern: CallPattern

  init(_ pattern: CallPattern) { self.pattern = pattern }

  var stages: [Application.CallStage] {
    let everything = Set(0..<pattern.invocationCount)
    let parts = sequence(of: Array(pattern.callees.indices))
    return merged(parts).map { stage($0, within: everything, isParallel: false) }
  }

  /// A part of the decomposition.
  private indirect enum Part {
    case callee(Int)
    case sequence([Part])
    case parallel([Part])
  }

  private func sequence(of callees: [Int]) -> [Part] {
    components(of: callees) { pattern.overlap($0, $1) }
      .sorted { precedes($0, $1) }
      .map { component in
        guard component.count > 1 else { return .callee(component[0]) }
        let branches = components(of: component) { !pattern.overlap($0, $1) }
        // Neither is connected in its complement: no series-parallel order explains it, so all run at once.
        guard branches.count > 1 else {
          return .parallel(component.sorted { name(of: [$0]) < name(of: [$1]) }.map { .callee($0) })
        }
        return .parallel(
          branches.sorted { name(of: $0) < name(of: $1) }.map { branch in
            branch.count == 1 ? .callee(branch[0]) : .sequence(sequence(of: branch))
          }
        )
      }
  }

  /// Connected components under a relation, in order of their first member.
  private func components(of members: [Int], related: (Int, Int) -> Bool) -> [[Int]] {
    var left = members
    var components: [[Int]] = []
    while let first = left.first {
      var component = [first]
      left.removeFirst()
      var next = 0
      while next < component.count {
        let found = left.filter { related(component[next], $0) }
        left.removeAll { found.contains($0) }
        component += found
        next += 1
      }
      components.append(component.sorted())
    }
    return components
  }

  private func precedes(_ one: [Int], _ other: [Int]) -> Bool {
    let votes = one.reduce(0) { sum, first in
      sum + other.reduce(0) { $0 + pattern.precedence(first, over: $1) }
    }
    return votes != 0 ? votes > 0 : name(of: one) < name(of: other)
  }

  /// What decides where nothing else does, so that the order of the spans in a file never matters.
  private func name(of callees: [Int]) -> String {
    callees.map { pattern.callees[$0].node.description }.min() ?? ""
  }

  /// Parts in a row that always occur together, but not always, become one sequence that occurs as a whole.
  private func merged(_ parts: [Part]) -> [Part] {
    var merged: [[Part]] = []
    for part in parts {
      let occurrences = occurrences(of: part)
      if let last = merged.last?.last, self.occurrences(of: last) == occurrences,
        occurrences.count < pattern.invocationCount
      {
        merged[merged.count - 1].append(part)
      } else {
        merged.append([part])
      }
    }
    return merged.map { $0.count == 1 ? $0[0] : .sequence($0) }
  }

  private func occurrences(of part: Part) -> Set<Int> {
    switch part {
    case .callee(let index): pattern.callees[index].occurrences
    case .sequence(let parts), .parallel(let parts):
      parts.reduce(into: []) { $0.formUnion(occurrences(of: $1)) }
    }
  }

  /// A part as a stage; probabilities are relative to the invocations in which its surroundings occur.
  private func stage(
    _ part: Part,
    within surroundings: Set<Int>,
    isParallel: Bool
  ) -> Application.CallStage {
    switch part {
    case .callee(let index): return call(index, within: surroundings, isParallel: isParallel)
    case .sequence(let parts):
      let (share, inner) = joint(parts, within: surroundings)
      return .sequence(
        parts.map { stage($0, within: inner, isParallel: false) },
        probability: share
      )
    case .parallel(let parts):
      let (share, inner) = joint(parts, within: surroundings)
      return .parallel(parts.map { stage($0, within: inner, isParallel: true) }, probability: share)
    }
  }

  /// If one of the parts occurs whenever any does, the group occurs as a whole; otherwise each by itself.
  private func joint(_ parts: [Part], within surroundings: Set<Int>) -> (Double, Set<Int>) {
    let each = parts.map(occurrences)
    let any = each.reduce(into: Set<Int>()) { $0.formUnion($1) }
    guard each.contains(any), any.count < surroundings.count else { return (1, surroundings) }
    return (rounded(Double(any.count) / Double(surroundings.count)), any)
  }

  private func call(
    _ index: Int,
    within surroundings: Set<Int>,
    isParallel: Bool
  ) -> Application.CallStage {
    let callee = pattern.callees[index]
    let count = max(1, Int(callee.meanCount.rounded()))
    let calls = callee.meanCount * Double(callee.occurrences.count)
    let share = calls / Double(count) / Double(max(1, surroundings.count))
    var call = Application.Call(service: callee.node.service, operation: callee.node.operation)
    call.probability = rounded(min(1, share))
    call.count = min(count, 1000)
    call.retries = min(callee.retries, 100)
    guard count > 1, callee.repeatsAtOnce != isParallel else { return .call(call) }
    return isParallel
      ? .sequence([.call(call)], probability: 1) : .parallel([.call(call)], probability: 1)
  }

  private func rounded(_ probability: Double) -> Double { (probability * 1000).rounded() / 1000 }
}
