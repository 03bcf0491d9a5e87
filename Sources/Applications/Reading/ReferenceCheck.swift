import OrderedCollections

/// Checks what no schema can say: that names resolve and differ, and that numbers agree with each other.
struct ReferenceCheck {
  private(set) var problems: [Problem] = []
  private let application: Application
  private let root: YAMLNode
  private let shapeProblems: [Problem]
  private let operations: OrderedDictionary<ServiceName, [OperationName]>
  private static let spec = YAMLPath()["spec"]

  /// Services that already have problems are not blamed for what others miss in them.
  init(_ application: Application, _ root: YAMLNode, after shapeProblems: [Problem]) {
    self.application = application
    self.root = root
    self.shapeProblems = shapeProblems
    operations = OrderedDictionary(
      application.services.map { ($0.name, $0.callable.map(\.operation)) },
      uniquingKeysWith: { first, _ in first }
    )
    checkNames()
    for (index, service) in application.services.enumerated() {
      check(service, at: Self.spec["services"][index])
    }
    checkEntryPoints()
    if shapeProblems.isEmpty, problems.isEmpty { checkGraph() }
  }

  private mutating func checkNames() {
    checkDistinct(application.services.map(\.name), "service", at: Self.spec["services"])
    checkDistinct(application.entryPoints.map(\.name), "entry point", at: Self.spec["entryPoints"])
    let nodes = application.spec.nodes.map { ServiceName($0.name) }
    checkDistinct(nodes, "node group", at: Self.spec["nodes"])
  }

  private mutating func check(_ service: Application.Service, at path: YAMLPath) {
    check(service.replicas, at: path["replicas"])
    check(service.resources, at: path["resources"])
    if case .llm(let model) = service.workload {
      if !service.operations.isEmpty {
        report(path["operations"], "a language model's operations are its request classes")
      }
      checkDistinct(model.classes.map(\.name), "class", at: path["llm"]["classes"])
    } else {
      if service.operations.isEmpty, !hasShapeProblem(path) {
        report(path, "\"\(service.name)\" has no operations, so nothing can call it")
      }
      checkDistinct(service.operations.map(\.name), "operation", at: path["operations"])
    }
    for (index, operation) in service.operations.enumerated() {
      check(operation.calls, at: path["operations"][index]["calls"])
    }
  }

  private mutating func check(_ bounds: ReplicaBounds, at path: YAMLPath) {
    if bounds.minimum > bounds.maximum {
      report(path["min"], "\(bounds.minimum) is above \"max\", \(bounds.maximum)")
    } else if !(bounds.minimum...bounds.maximum).contains(bounds.initial) {
      let range = "\(bounds.minimum) to \(bounds.maximum)"
      report(path["initial"], "\(bounds.initial) is outside \"min\" to \"max\", \(range)")
    }
  }

  private mutating func check(_ resources: Resources, at path: YAMLPath) {
    let (requests, limits) = (resources.requests, resources.limits)
    if requests.cpu > limits.cpu {
      report(path["limits"]["cpu"], "\(limits.cpu) is below the request, \(requests.cpu)")
    }
    if requests.memory > limits.memory {
      report(path["limits"]["memory"], "\(limits.memory) is below the request, \(requests.memory)")
    }
    if limits.cpu == .zero { report(path["limits"]["cpu"], "without CPU nothing runs") }
  }

  private mutating func check(_ stages: [Application.CallStage], at path: YAMLPath) {
    for (index, stage) in stages.enumerated() {
      switch stage {
      case .call(let call): check(call.service, call.operation, at: path[index])
      case .sequence(let inner, _): check(inner, at: path[index]["sequence"])
      case .parallel(let inner, _): check(inner, at: path[index]["parallel"])
      }
    }
  }

  private mutating func checkEntryPoints() {
    let path = Self.spec["entryPoints"]
    for (index, entryPoint) in application.entryPoints.enumerated() {
      check(entryPoint.service, entryPoint.operation, at: path[index])
    }
    if !application.entryPoints.isEmpty, application.entryPoints.allSatisfy({ $0.weight == 0 }) {
      report(path, "every weight is 0, so there would be no requests at all")
    }
  }

  /// Whether a service has this operation.
  private mutating func check(
    _ service: ServiceName,
    _ operation: OperationName,
    at path: YAMLPath
  ) {
    guard !hasShapeProblem(path), !hasNamelessService else { return }
    guard let known = operations[service] else {
      let hint = didYouMean(service.rawValue, among: operations.keys.map(\.rawValue))
      return report(path["service"], "there is no service \"\(service)\"\(hint)")
    }
    guard !known.contains(operation), !isDamaged(service) else { return }
    let hint = didYouMean(operation.rawValue, among: known.map(\.rawValue))
    report(path["operation"], "\"\(service)\" has no operation \"\(operation)\"\(hint)")
  }

  /// Chains that end in themselves would never end; services that nothing reaches are doubtful.
  private mutating func checkGraph() {
    do throws(CallGraph.Fault) {
      checkReached(try CallGraph(application))
    } catch {
      switch error {
      case .cycle(let chain):
        let words = chain.map(\.description).joined(separator: " → ")
        report(callPath(from: chain[0], to: chain[1]), "the calls go round in a circle: \(words)")
      case .unknown(let node):
        report(Self.spec, "there is no operation \(node)")
      }
    }
  }

  private mutating func checkReached(_ graph: CallGraph) {
    let visits = graph.visits(of: application.entryPoints)
    let reached = Set(zip(graph.nodes, visits).filter { $0.1 > 0 }.map(\.0.service))
    for (index, service) in application.services.enumerated() where !reached.contains(service.name)
    {
      let path = Self.spec["services"][index]
      report(path, "no entry point ever reaches \"\(service.name)\"", .warning)
    }
  }

  /// Where the first of two operations calls the second; the operation if it cannot be found.
  private func callPath(from caller: CallGraph.Node, to callee: CallGraph.Node) -> YAMLPath {
    for (index, service) in application.services.enumerated() where service.name == caller.service {
      for (number, operation) in service.operations.enumerated()
      where operation.name == caller.operation {
        let path = Self.spec["services"][index]["operations"][number]
        return Self.find(callee, in: operation.calls, at: path["calls"]) ?? path
      }
    }
    return Self.spec
  }

  private static func find(
    _ callee: CallGraph.Node,
    in stages: [Application.CallStage],
    at path: YAMLPath
  ) -> YAMLPath? {
    for (index, stage) in stages.enumerated() {
      let found: YAMLPath? =
        switch stage {
        case .call(let call):
          call.service == callee.service && call.operation == callee.operation ? path[index] : nil
        case .sequence(let inner, _): find(callee, in: inner, at: path[index]["sequence"])
        case .parallel(let inner, _): find(callee, in: inner, at: path[index]["parallel"])
        }
      if let found { return found }
    }
    return nil
  }

  private mutating func checkDistinct(_ names: [some Name], _ kind: String, at path: YAMLPath) {
    var first: [String: Int] = [:]
    for (index, name) in names.enumerated() where !name.rawValue.isEmpty {
      guard let earlier = first[name.rawValue] else {
        first[name.rawValue] = index
        continue
      }
      let line = root.mark(at: path[earlier]).line
      report(path[index]["name"], "there is a \(kind) \"\(name)\" already, on line \(line)")
    }
  }

  private var hasNamelessService: Bool { operations.keys.contains(ServiceName("")) }

  private func isDamaged(_ name: ServiceName) -> Bool {
    application.services.indices.contains {
      application.services[$0].name == name && hasShapeProblem(Self.spec["services"][$0])
    }
  }

  private func hasShapeProblem(_ path: YAMLPath) -> Bool {
    shapeProblems.contains { $0.path.starts(with: path) }
  }

  private mutating func report(
    _ path: YAMLPath,
    _ message: String,
    _ severity: Problem.Severity = .error
  ) {
    problems.append(
      Problem(severity: severity, mark: root.mark(at: path), path: path, message: message)
    )
  }
}
