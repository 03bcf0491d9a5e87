import OrderedCollections

/// What traces show that a document does not say, and the other way round.
package struct ApplicationDifference: Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// Seen, but not in the document.
    case added = "+"
    /// In the document, but not seen.
    case missing = "-"
    case changed = "~"
  }

  /// One difference, with its subject and what is different in words.
  package struct Line: Hashable, Sendable, CustomStringConvertible {
    package var kind: Kind
    package var subject: String
    package var words: String

    package var description: String { "\(kind.rawValue) \(subject): \(words)" }
  }

  package private(set) var lines: [Line] = []

  /// Differences are told beyond these, and beyond three standard errors of what was sampled.
  private static let countTolerance = 0.05
  private static let timeTolerance = 0.2
  private static let standardErrors = 3.0

  private let discovery: Discovery

  package init(document: Application, discovery: Discovery) {
    self.discovery = discovery
    let known = document.operationsByNode
    let seen = discovery.application.operationsByNode
    for (node, operation) in seen {
      if let documented = known[node] {
        compare(documented, operation, of: node)
      } else {
        line(.added, "\(node)", "seen in the traces, not in the document")
      }
    }
    for node in known.keys where seen[node] == nil {
      line(.missing, "\(node)", "in the document, not seen in the traces")
    }
    compareMix(document)
  }

  private mutating func compare(
    _ documented: Application.Operation,
    _ seen: Application.Operation,
    of node: CallGraph.Node
  ) {
    let sampleCount = discovery.invocationCounts[node] ?? 1
    compareTimes(documented.work, seen.work, of: node, sampleCount)
    let (known, found) = (documented.callsByCallee, seen.callsByCallee)
    for (callee, call) in found {
      guard let other = known[callee] else {
        line(.added, "\(node) → \(callee)", "\(call.words), not in the document")
        continue
      }
      let error = (other.variance / Double(sampleCount)).squareRoot()
      let tolerance = Self.countTolerance * max(1, other.count) + Self.standardErrors * error
      guard abs(other.count - call.count) > tolerance else { continue }
      let words = "\(other.words) in the document, \(call.words) in the traces"
      line(.changed, "\(node) → \(callee)", words)
    }
    for (callee, call) in known where found[callee] == nil {
      line(.missing, "\(node) → \(callee)", "\(call.words) in the document, never in the traces")
    }
    compareConcurrency(documented, seen, of: node)
  }

  private mutating func compareTimes(
    _ documented: Application.Work,
    _ seen: Application.Work,
    of node: CallGraph.Node,
    _ sampleCount: Int
  ) {
    guard documented.cpu > .zero || seen.cpu > .zero else { return }
    let change = (seen.cpu.seconds - documented.cpu.seconds) / max(documented.cpu.seconds, 1e-6)
    let error = documented.variability / Double(sampleCount).squareRoot()
    guard abs(change) > Self.timeTolerance + Self.standardErrors * error else { return }
    let percent = Int((change * 100).rounded())
    let times =
      "own time \(documented.cpu.quantity) in the document, \(seen.cpu.quantity) in the traces"
    line(.changed, "\(node)", "\(times) (\(percent > 0 ? "+" : "")\(percent) %)")
  }

  /// Pairs of calls that run at once in one and one after the other in the other.
  private mutating func compareConcurrency(
    _ documented: Application.Operation,
    _ seen: Application.Operation,
    of node: CallGraph.Node
  ) {
    let (known, found) = (documented.concurrentCallees, seen.concurrentCallees)
    let both = Set(documented.callsByCallee.keys).intersection(seen.callsByCallee.keys)
    for pair in known.symmetricDifference(found).sorted() where pair.isWithin(both) {
      let isKnown = known.contains(pair)
      let words =
        isKnown
        ? "at once in the document, one after the other in the traces"
        : "one after the other in the document, at once in the traces"
      line(.changed, "\(node) → \(pair.first) and \(pair.second)", words)
    }
  }

  private mutating func compareMix(_ document: Application) {
    let (known, seen) = (document.shares, discovery.application.shares)
    for (node, share) in seen {
      guard let other = known[node] else {
        let words = "not an entry point in the document, \(percent(share)) in the traces"
        line(.added, "entry \(node)", words)
        continue
      }
      let error = (other * (1 - other) / Double(max(1, discovery.traceCount))).squareRoot()
      let tolerance = Self.countTolerance + Self.standardErrors * error
      guard abs(other - share) > tolerance else { continue }
      let words =
        "\(percent(other)) of the requests in the document, \(percent(share)) in the traces"
      line(.changed, "entry \(node)", words)
    }
    for (node, share) in known where seen[node] == nil && share > 0 {
      line(.missing, "entry \(node)", "\(percent(share)) of the requests in the document, no trace")
    }
  }

  private mutating func line(_ kind: Kind, _ subject: String, _ words: String) {
    lines.append(Line(kind: kind, subject: subject, words: words))
  }
}

private func percent(_ share: Double) -> String { "\(((share * 1000).rounded() / 10).plain) %" }

/// How often an operation calls another.
private struct CallSummary {
  var count = 0.0
  /// The most calls that are made when any is.
  private var most = 0

  mutating func add(_ count: Double, of call: Application.Call) {
    self.count += count
    most += call.count
  }

  /// Of the number of calls per request: they are made all or not at all.
  var variance: Double { max(0, Double(most) * count - count * count) }

  var words: String {
    count < 1 ? "called with probability \(rounded)" : "called \(rounded) times"
  }

  private var rounded: String { ((count * 100).rounded() / 100).plain }
}

/// Two callees, in the order of their names.
private struct CalleePair: Hashable, Comparable {
  let first: CallGraph.Node
  let second: CallGraph.Node

  init(_ one: CallGraph.Node, _ other: CallGraph.Node) {
    (first, second) = one.description < other.description ? (one, other) : (other, one)
  }

  func isWithin(_ nodes: Set<CallGraph.Node>) -> Bool {
    nodes.contains(first) && nodes.contains(second)
  }

  static func < (left: CalleePair, right: CalleePair) -> Bool {
    (left.first.description, left.second.description)
      < (right.first.description, right.second.description)
  }
}

extension Application {
  fileprivate var operationsByNode: OrderedDictionary<CallGraph.Node, Operation> {
    OrderedDictionary(
      services.flatMap { service in
        service.operations.map {
          (CallGraph.Node(service: service.name, operation: $0.name), $0)
        }
      },
      uniquingKeysWith: { first, _ in first }
    )
  }

  fileprivate var shares: OrderedDictionary<CallGraph.Node, Double> {
    let total = entryPoints.reduce(0) { $0 + $1.weight }
    return entryPoints.reduce(into: [:]) { shares, entry in
      let node = CallGraph.Node(service: entry.service, operation: entry.operation)
      shares[node, default: 0] += total > 0 ? entry.weight / total : 0
    }
  }
}

extension Application.Operation {
  fileprivate var callsByCallee: OrderedDictionary<CallGraph.Node, CallSummary> {
    expectedCalls.reduce(into: [:]) { calls, expected in
      calls[expected.call.callee, default: CallSummary()].add(expected.count, of: expected.call)
    }
  }

  fileprivate var concurrentCallees: Set<CalleePair> {
    calls.reduce(into: []) { $0.formUnion($1.concurrentCallees) }
  }
}

extension Application.Call {
  fileprivate var callee: CallGraph.Node { CallGraph.Node(service: service, operation: operation) }
}

extension Application.CallStage {
  private var callees: [CallGraph.Node] {
    switch self {
    case .call(let call): [call.callee]
    case .sequence(let stages, _), .parallel(let stages, _): stages.flatMap(\.callees)
    }
  }

  fileprivate var concurrentCallees: Set<CalleePair> {
    switch self {
    case .call: return []
    case .sequence(let stages, _):
      return stages.reduce(into: []) { $0.formUnion($1.concurrentCallees) }
    case .parallel(let stages, _):
      var pairs = stages.reduce(into: Set<CalleePair>()) { $0.formUnion($1.concurrentCallees) }
      for (index, one) in stages.enumerated() {
        for other in stages[(index + 1)...] {
          for first in one.callees {
            for second in other.callees where first != second {
              pairs.insert(CalleePair(first, second))
            }
          }
        }
      }
      return pairs
    }
  }
}
