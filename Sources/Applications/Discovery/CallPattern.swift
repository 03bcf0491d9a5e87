import OrderedCollections

/// What many invocations of one operation have in common: its own time, whom it calls, and what overlaps.
struct CallPattern {
  /// All calls of one invocation to one callee.
  private struct Visit {
    var span: Range<Int>
    var callCount: Int
    var repeatsOverlap: Bool
    var retryCount: Int
  }

  /// What is known of one callee.
  struct Callee {
    let node: CallGraph.Node
    /// In which invocations it was called.
    fileprivate(set) var occurrences: Set<Int> = []
    fileprivate var callCount = 0
    fileprivate var repeatedCount = 0
    fileprivate var overlappingRepeatCount = 0
    fileprivate(set) var retries = 0

    /// Calls of an invocation that makes any.
    var meanCount: Double {
      occurrences.isEmpty ? 0 : Double(callCount) / Double(occurrences.count)
    }

    /// Whether repeated calls run at once.
    var repeatsAtOnce: Bool { 2 * overlappingRepeatCount > repeatedCount }
  }

  /// Overlaps rarer than this among joint occurrences are taken for noise of clocks.
  private static let overlapNoise = 0.02

  private(set) var invocationCount = 0
  private(set) var callees: [Callee] = []
  private var indices: [CallGraph.Node: Int] = [:]
  /// For each pair of callees: how often they occurred together, overlapped, and the first one came first.
  private var pairs: [Pair: PairCount] = [:]
  private var ownTimes: [Int] = []

  private struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  private struct PairCount {
    var together = 0
    var overlapping = 0
    var inOrder = 0

    mutating func count(_ one: Range<Int>, _ other: Range<Int>) {
      together += 1
      let shared = min(one.upperBound, other.upperBound) - max(one.lowerBound, other.lowerBound)
      // Less than a twentieth of the shorter is what clocks that differ make of neighbours.
      if shared > min(one.count, other.count) / 20 { overlapping += 1 }
      if one.lowerBound <= other.lowerBound { inOrder += 1 }
    }
  }

  mutating func add(_ invocation: Invocation) {
    let visits = visits(of: invocation)
    for (callee, visit) in visits {
      callees[callee].occurrences.insert(invocationCount)
      callees[callee].callCount += visit.callCount
      callees[callee].retries = max(callees[callee].retries, visit.retryCount)
      if visit.callCount > 1 { callees[callee].repeatedCount += 1 }
      if visit.repeatsOverlap { callees[callee].overlappingRepeatCount += 1 }
    }
    let ordered = visits.keys.sorted()
    for (place, first) in ordered.enumerated() {
      for second in ordered[(place + 1)...] {
        guard let one = visits[first], let other = visits[second] else { continue }
        pairs[Pair(first: first, second: second), default: PairCount()].count(one.span, other.span)
      }
    }
    ownTimes.append(invocation.ownTime)
    invocationCount += 1
  }

  /// Whether two callees were ever at work at once, beyond noise.
  func overlap(_ one: Int, _ other: Int) -> Bool {
    guard let count = pairs[Pair(first: min(one, other), second: max(one, other))] else {
      return false
    }
    return Double(count.overlapping) > Self.overlapNoise * Double(count.together)
  }

  /// How much oftener the first came before the other than after it.
  func precedence(_ one: Int, over other: Int) -> Int {
    guard let count = pairs[Pair(first: min(one, other), second: max(one, other))] else { return 0 }
    let inOrder = 2 * count.inOrder - count.together
    return one < other ? inOrder : -inOrder
  }

  /// Mean and coefficient of variation of the own time.
  var work: Application.Work {
    let count = Double(max(1, ownTimes.count))
    let mean = ownTimes.reduce(0) { $0 + Double($1) } / count
    let variance = ownTimes.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    var work = Application.Work()
    work.cpu = .microseconds((mean / 1000).rounded())
    work.variability = mean > 0 ? (variance.squareRoot() / mean * 100).rounded() / 100 : 0
    work.variability = min(work.variability, 20)
    return work
  }

  private mutating func visits(of invocation: Invocation) -> [Int: Visit] {
    var visits: [Int: Visit] = [:]
    var failed: Set<Int> = []
    for call in invocation.calls {
      let callee = index(of: call.callee)
      defer { if call.isFailed { failed.insert(callee) } else { failed.remove(callee) } }
      guard var visit = visits[callee] else {
        visits[callee] = Visit(span: call.span, callCount: 1, repeatsOverlap: false, retryCount: 0)
        continue
      }
      let isLater = call.span.lowerBound >= visit.span.upperBound
      if failed.contains(callee), isLater {
        visit.retryCount += 1
      } else {
        visit.callCount += 1
        visit.repeatsOverlap = visit.repeatsOverlap || !isLater
      }
      let end = max(visit.span.upperBound, call.span.upperBound)
      visit.span = visit.span.lowerBound..<end
      visits[callee] = visit
    }
    return visits
  }

  private mutating func index(of node: CallGraph.Node) -> Int {
    if let known = indices[node] { return known }
    indices[node] = callees.count
    callees.append(Callee(node: node))
    return callees.count - 1
  }
}
