package import OrderedCollections

/// Who calls whom, resolved to indices once, with what one request costs each service.
///
/// Nodes are operations: two services may call each other so long as no chain of operations ends in itself.
package struct CallGraph: Hashable, Sendable {
  /// An operation of a service, by name.
  package struct Node: Hashable, Sendable, CustomStringConvertible {
    package var service: ServiceName
    package var operation: OperationName

    package init(service: ServiceName, operation: OperationName) {
      self.service = service
      self.operation = operation
    }

    package var description: String { "\(service)/\(operation)" }
  }

  /// An expected call, retries left out.
  package struct Edge: Hashable, Sendable {
    package var callee: Int
    /// Calls made per request of the caller, in the mean.
    package var callsPerRequest: Double
  }

  /// Why there is no graph.
  package enum Fault: Error, Hashable {
    case unknown(Node)
    /// Each calls the next, the last is the first again.
    case cycle([Node])
  }

  /// Every operation, in document order; indices elsewhere point into this.
  package let nodes: OrderedSet<Node>
  /// By caller.
  package let edges: [[Edge]]
  /// Every index, callers before callees.
  package let order: [Int]

  /// - Throws: the first call to an operation that does not exist, or a chain of calls that ends in itself.
  /// - Complexity: O(operations + calls).
  package init(_ application: Application) throws(Fault) {
    let nodes = OrderedSet(application.services.flatMap(\.callable))
    var edges: [[Edge]] = Array(repeating: [], count: nodes.count)
    for service in application.services {
      for operation in service.operations {
        let caller = Node(service: service.name, operation: operation.name)
        guard let index = nodes.firstIndex(of: caller) else { continue }
        edges[index] = try Self.edges(of: operation, among: nodes)
      }
    }
    self.nodes = nodes
    self.edges = edges
    order = try Self.order(nodes, edges)
  }

  /// Of an application whose calls were checked, as those of one that was read are.
  package init(checked application: Application) {
    do {
      try self.init(application)
    } catch {
      preconditionFailure("an application whose calls were not checked: \(error)")
    }
  }

  /// The mean number of requests that each operation gets for one that enters at `entryPoint`.
  package func visits(from entryPoint: Application.EntryPoint) -> [Double] {
    var visits = Array(repeating: 0.0, count: nodes.count)
    let entry = Node(service: entryPoint.service, operation: entryPoint.operation)
    guard let start = nodes.firstIndex(of: entry) else { return visits }
    visits[start] = 1
    for caller in order where visits[caller] > 0 {
      for edge in edges[caller] { visits[edge.callee] += visits[caller] * edge.callsPerRequest }
    }
    return visits
  }

  /// The mean number of requests that each operation gets for one request of the application's mix.
  package func visits(of mix: [Application.EntryPoint]) -> [Double] {
    let total = mix.reduce(0) { $0 + $1.weight }
    var visits = Array(repeating: 0.0, count: nodes.count)
    guard total > 0 else { return visits }
    for entryPoint in mix where entryPoint.weight > 0 {
      for (index, count) in self.visits(from: entryPoint).enumerated() {
        visits[index] += count * entryPoint.weight / total
      }
    }
    return visits
  }

  private static func edges(
    of operation: Application.Operation,
    among nodes: OrderedSet<Node>
  ) throws(Fault) -> [Edge] {
    var calls: OrderedDictionary<Int, Double> = [:]
    for (call, count) in operation.expectedCalls {
      let callee = Node(service: call.service, operation: call.operation)
      guard let index = nodes.firstIndex(of: callee) else { throw .unknown(callee) }
      calls[index, default: 0] += count
    }
    return calls.map { Edge(callee: $0.key, callsPerRequest: $0.value) }
  }

  /// Depth first, without recursion: the chain of a large application may be long.
  private static func order(_ nodes: OrderedSet<Node>, _ edges: [[Edge]]) throws(Fault) -> [Int] {
    enum Mark { case unseen, open, closed }
    var marks = Array(repeating: Mark.unseen, count: nodes.count)
    var finished: [Int] = []
    for root in nodes.indices where marks[root] == .unseen {
      var path: [(node: Int, next: Int)] = [(root, 0)]
      marks[root] = .open
      while let (node, next) = path.last {
        guard next < edges[node].count else {
          marks[node] = .closed
          finished.append(node)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let callee = edges[node][next].callee
        if marks[callee] == .open {
          let start = path.firstIndex { $0.node == callee } ?? 0
          throw .cycle(path[start...].map { nodes[$0.node] } + [nodes[callee]])
        }
        guard marks[callee] == .unseen else { continue }
        marks[callee] = .open
        path.append((callee, 0))
      }
    }
    return finished.reversed()
  }
}

extension Application.Service {
  /// What others may call: its operations, or a model's request classes.
  package var callable: [CallGraph.Node] {
    guard case .llm(let model) = workload else {
      return operations.map { CallGraph.Node(service: name, operation: $0.name) }
    }
    return model.classes.map { CallGraph.Node(service: name, operation: $0.name) }
  }
}

extension Application.Operation {
  /// Every call in order, with how often it is made per request in the mean.
  package var expectedCalls: [(call: Application.Call, count: Double)] {
    calls.flatMap { $0.expectedCalls(scale: 1) }
  }
}

extension Application.CallStage {
  fileprivate func expectedCalls(scale: Double) -> [(call: Application.Call, count: Double)] {
    switch self {
    case .call(let call): [(call, scale * call.probability * Double(call.count))]
    case .sequence(let stages, let probability), .parallel(let stages, let probability):
      stages.flatMap { $0.expectedCalls(scale: scale * probability) }
    }
  }
}
