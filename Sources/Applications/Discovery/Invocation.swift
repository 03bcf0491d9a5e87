/// One request as one service saw it: when it worked on it, and whom it called when.
struct Invocation {
  struct Call {
    var callee: CallGraph.Node
    var span: Range<Int>
    var isFailed: Bool
  }

  var node: CallGraph.Node
  var span: Range<Int>
  /// In the order in which they began.
  var calls: [Call]
  /// Whether it began the trace.
  var isRoot: Bool

  /// Nanoseconds of its own: its span without the time in which any call was under way.
  var ownTime: Int {
    var (own, reached) = (span.count, span.lowerBound)
    for call in calls {
      let start = max(call.span.lowerBound, reached)
      let end = min(call.span.upperBound, span.upperBound)
      guard end > start else { continue }
      own -= end - start
      reached = end
    }
    return max(0, own)
  }
}

/// Folds the spans of traces into invocations: what happens inside a service belongs to the span that entered it.
struct InvocationCollector {
  private(set) var invocations: [Invocation] = []
  private(set) var traceCount = 0
  /// Spans whose parent is not in the file.
  private(set) var orphanCount = 0
  /// Calls that ended after their caller had: asynchronous, or clocks that differ.
  private(set) var outlivingCount = 0

  private let spans: [Span]
  /// By span: its parent, if that is in the file.
  private let parents: [Int?]
  /// By span: the invocation that it belongs to.
  private var owners: [Int?]

  init(_ spans: [Span]) {
    self.spans = spans
    owners = Array(repeating: nil, count: spans.count)
    parents = Self.parents(of: spans)
    traceCount = Set(spans.map(\.trace)).count
    for index in spans.indices { _ = owner(of: index) }
    for index in spans.indices { addCall(at: index) }
    addUntracedCallees()
    for index in invocations.indices {
      invocations[index].calls.sort { $0.span.lowerBound < $1.span.lowerBound }
    }
  }

  private static func parents(of spans: [Span]) -> [Int?] {
    struct Key: Hashable {
      let trace: String
      let id: String
    }
    var indices: [Key: Int] = [:]
    for (index, span) in spans.enumerated() {
      indices[Key(trace: span.trace, id: span.id)] = index
    }
    return spans.enumerated().map { index, span in
      let parent = span.parent.flatMap { indices[Key(trace: span.trace, id: $0)] }
      return parent == index ? nil : parent
    }
  }

  /// Whether a span is where a request enters its service.
  private func isEntry(_ index: Int) -> Bool {
    guard let parent = parents[index] else { return true }
    return spans[index].kind == .server || spans[index].kind == .consumer
      || spans[parent].service != spans[index].service
  }

  /// The invocation that a span belongs to, made when it is first asked for.
  private mutating func owner(of index: Int) -> Int {
    var chain: [Int] = []
    var current = index
    while owners[current] == nil, !isEntry(current), chain.count <= spans.count,
      let parent = parents[current]
    {
      chain.append(current)
      current = parent
    }
    let owner = owners[current] ?? open(current)
    owners[current] = owner
    for inner in chain { owners[inner] = owner }
    return owner
  }

  private mutating func open(_ index: Int) -> Int {
    let span = spans[index]
    let isOrphan = span.parent != nil && parents[index] == nil
    if isOrphan { orphanCount += 1 }
    invocations.append(
      Invocation(
        node: span.node,
        span: span.start..<span.end,
        calls: [],
        isRoot: span.parent == nil
      )
    )
    return invocations.count - 1
  }

  /// Adds a span that entered its service to the calls of whoever called it.
  private mutating func addCall(at index: Int) {
    guard isEntry(index), let parent = parents[index], let caller = owners[parent],
      caller != owners[index]
    else { return }
    let isClient = spans[parent].kind == .client && spans[parent].service != spans[index].service
    let seen = spans[isClient ? parent : index]
    add(spans[index].node, seen, isFailed: spans[index].isFailed || seen.isFailed, to: caller)
  }

  /// Client spans without anything beneath them stand for services that are not traced.
  private mutating func addUntracedCallees() {
    let withChildren = Set(parents.compactMap { $0 })
    for (index, span) in spans.enumerated() where !withChildren.contains(index) {
      guard span.kind == .client || span.kind == .producer, let peer = span.peer,
        let caller = owners[index]
      else { continue }
      let node = CallGraph.Node(
        service: ServiceName(Span.label(peer)),
        operation: OperationName(span.operation)
      )
      guard invocations[caller].node.service != node.service else { continue }
      add(node, span, isFailed: span.isFailed, to: caller)
      invocations.append(
        Invocation(node: node, span: span.start..<span.end, calls: [], isRoot: false)
      )
    }
  }

  private mutating func add(
    _ callee: CallGraph.Node,
    _ span: Span,
    isFailed: Bool,
    to caller: Int
  ) {
    let bounds = invocations[caller].span
    if span.end > bounds.upperBound { outlivingCount += 1 }
    let call = (span.start..<span.end).clamped(to: bounds)
    invocations[caller].calls.append(
      Invocation.Call(callee: callee, span: call, isFailed: isFailed)
    )
  }
}

extension Span {
  var node: CallGraph.Node {
    CallGraph.Node(
      service: ServiceName(Self.label(service)),
      operation: OperationName(operation.isEmpty ? "unknown" : Self.line(operation))
    )
  }

  /// A name as a DNS label: `My_Service.v2` becomes `my-service-v2`.
  static func label(_ name: String) -> String {
    let mapped = name.lowercased().unicodeScalars.map { scalar -> Character in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
    }
    let trimmed = String(mapped.prefix(63)).split(separator: "-").joined(separator: "-")
    return trimmed.isEmpty ? "unknown" : trimmed
  }

  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }.prefix(250))
  }
}
