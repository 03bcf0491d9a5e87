import OrderedCollections

/// An application as its traces show it: dependency analysis, which every later decision stands on.
package struct Discovery: Sendable {
  package let application: Application
  package let traceCount: Int
  package let spanCount: Int
  /// How often each operation was seen.
  package let invocationCounts: [CallGraph.Node: Int]
  /// What the traces left open, in words.
  package private(set) var notes: [String] = []

  /// Learns services, operations, calls with probability, repetition and parallelism, own times and the mix.
  ///
  /// Own time is a span without the time in which calls were under way; it includes waiting, so traces of a
  /// lightly loaded system are the ones to use.
  package init(_ spans: [Span], named name: String = "discovered") {
    let collector = InvocationCollector(spans)
    var patterns: OrderedDictionary<CallGraph.Node, CallPattern> = [:]
    var roots: OrderedDictionary<CallGraph.Node, Int> = [:]
    for invocation in collector.invocations {
      patterns[invocation.node, default: CallPattern()].add(invocation)
      if invocation.isRoot { roots[invocation.node, default: 0] += 1 }
    }
    traceCount = collector.traceCount
    spanCount = spans.count
    invocationCounts = Dictionary(
      uniqueKeysWithValues: patterns.map { ($0.key, $0.value.invocationCount) }
    )
    let draft = Application(
      metadata: Application.Metadata(name: Span.label(name)),
      spec: Application.Spec(
        entryPoints: Self.entryPoints(roots),
        services: Self.services(patterns)
      )
    )
    (application, notes) = Self.withoutCircles(draft)
    note(collector)
  }

  private mutating func note(_ collector: InvocationCollector) {
    if collector.orphanCount > 0 {
      notes.append("\(collector.orphanCount) spans name a parent that is not in the file")
    }
    if collector.outlivingCount > 0 {
      notes.append(
        "\(collector.outlivingCount) calls ended after their caller: asynchronous ones are written as "
          + "ordinary calls, which makes the caller look slower than it is"
      )
    }
    if application.entryPoints.isEmpty {
      notes.append("no trace has its first span, so there are no entry points")
    }
  }

  private static func services(
    _ patterns: OrderedDictionary<CallGraph.Node, CallPattern>
  ) -> [Application.Service] {
    var services: OrderedDictionary<ServiceName, Application.Service> = [:]
    for (node, pattern) in patterns {
      let operation = Application.Operation(
        name: node.operation,
        work: pattern.work,
        calls: StageInference(pattern).stages
      )
      services[node.service, default: Application.Service(name: node.service)]
        .operations.append(operation)
    }
    return services.values.elements
  }

  private static func entryPoints(
    _ roots: OrderedDictionary<CallGraph.Node, Int>
  ) -> [Application.EntryPoint] {
    var names: Set<String> = []
    let total = roots.values.reduce(0, +)
    return roots.map { node, count in
      let label = Span.label("\(node.operation)")
      var name = label == "unknown" ? node.service.rawValue : label
      var number = 2
      while !names.insert(name).inserted {
        name = "\(label.prefix(58))-\(number)"
        number += 1
      }
      return Application.EntryPoint(
        name: EntryPointName(name),
        service: node.service,
        operation: node.operation,
        weight: max(0.001, (Double(count) / Double(total) * 100_000).rounded() / 1000)
      )
    }
  }

  /// Leaves out the last call of each chain that ends in itself: a document cannot say how deep it goes.
  private static func withoutCircles(_ draft: Application) -> (Application, [String]) {
    var (application, notes) = (draft, [String]())
    while let chain = circle(in: application) {
      let (caller, callee) = (chain[chain.count - 2], chain[chain.count - 1])
      application.removeCalls(from: caller, to: callee)
      let words = chain.map(\.description).joined(separator: " → ")
      notes.append("the calls go round in a circle, its last call is left out: \(words)")
    }
    return (application, notes)
  }

  private static func circle(in application: Application) -> [CallGraph.Node]? {
    do throws(CallGraph.Fault) {
      _ = try CallGraph(application)
      return nil
    } catch {
      guard case .cycle(let chain) = error else {
        preconditionFailure("a callee without an invocation: \(error)")
      }
      return chain
    }
  }
}

extension Application {
  fileprivate mutating func removeCalls(from caller: CallGraph.Node, to callee: CallGraph.Node) {
    for service in spec.services.indices where spec.services[service].name == caller.service {
      for operation in spec.services[service].operations.indices
      where spec.services[service].operations[operation].name == caller.operation {
        let calls = spec.services[service].operations[operation].calls
        spec.services[service].operations[operation].calls = calls.compactMap {
          $0.without(callee)
        }
      }
    }
  }
}

extension Application.CallStage {
  fileprivate func without(_ callee: CallGraph.Node) -> Application.CallStage? {
    switch self {
    case .call(let call):
      return call.service == callee.service && call.operation == callee.operation ? nil : self
    case .sequence(let stages, let probability):
      let left = stages.compactMap { $0.without(callee) }
      return left.isEmpty ? nil : .sequence(left, probability: probability)
    case .parallel(let stages, let probability):
      let left = stages.compactMap { $0.without(callee) }
      return left.isEmpty ? nil : .parallel(left, probability: probability)
    }
  }
}
