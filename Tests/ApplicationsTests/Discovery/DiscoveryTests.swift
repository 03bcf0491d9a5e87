import Applications
import OrderedJSON
import Randomness
import TestSupport
import Testing

struct DiscoveryTests {
  static let shop = """
    apiVersion: plimsoll.dev/v1alpha1
    kind: Application
    metadata: {name: shop}
    spec:
      entryPoints:
      - {name: browse, service: web, operation: browse, weight: 3}
      - {name: buy, service: web, operation: buy, weight: 1}
      services:
      - name: web
        operations:
        - name: browse
          work: {cpu: 4ms, variability: 0.5}
          calls:
          - {service: users, operation: get}
          - parallel:
            - sequence:
              - {service: ads, operation: pick}
              - {service: prices, operation: get, count: 3}
            - {service: items, operation: list}
        - name: buy
          work: {cpu: 8ms, variability: 0.3}
          calls:
          - parallel: [{service: items, operation: get, count: 4}]
          - sequence:
            - {service: users, operation: get}
            - {service: prices, operation: get}
            probability: 0.4
          - {service: ads, operation: pick, probability: 0.7}
      - name: users
        operations: [{name: get, work: {cpu: 3ms, variability: 0.6}}]
      - name: items
        operations:
        - {name: list, work: {cpu: 6ms, variability: 0.5}}
        - {name: get, work: {cpu: 2ms, variability: 1}}
      - name: ads
        operations: [{name: pick, work: {cpu: 3ms, variability: 0.4}}]
      - name: prices
        operations: [{name: get, work: {cpu: 2ms, variability: 0.4}}]
    """

  @Test func `traces of a known application are discovered back`() throws {
    let known = try Application(parsing: Self.shop)
    var sampler = TraceSampler(known, seed: 3)
    for number in 0..<3000 { sampler.play(trace: number) }
    let discovery = Discovery(sampler.spans)
    #expect(discovery.traceCount == 3000 && discovery.notes.isEmpty)
    #expect(ApplicationDifference(document: known, discovery: discovery).lines == [])
    let found = discovery.application.rounded
    for service in known.services {
      for operation in service.operations {
        let other = found.service(service.name)?.operation(operation.name)
        #expect(other?.calls == operation.calls, "\(service.name)/\(operation.name)")
      }
    }
  }

  @Test func `client spans, OTLP and Jaeger all tell the same`() throws {
    let known = try Application(parsing: Self.shop)
    var plain = TraceSampler(known, seed: 4)
    var wrapped = TraceSampler(known, seed: 4)
    wrapped.writesClientSpans = true
    for number in 0..<400 {
      plain.play(trace: number)
      wrapped.play(trace: number)
    }
    let expected = Discovery(plain.spans).application.sorted
    #expect(Discovery(wrapped.spans).application.sorted == expected)
    let otlp = try TraceFile.spans(in: wrapped.otlp.serialized)
    #expect(Discovery(otlp).application.sorted == expected)
    let jaeger = try TraceFile.spans(in: wrapped.jaeger.serialized)
    let difference = ApplicationDifference(
      document: expected,
      discovery: Discovery(jaeger)
    )
    #expect(difference.lines == [])
  }

  @Test(arguments: [UInt64](1...12))
  func `random applications are discovered back`(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let known = Application.randomForTracing(using: &generator)
    var sampler = TraceSampler(known, seed: seed &* 977)
    for number in 0..<1500 { sampler.play(trace: number) }
    let difference = ApplicationDifference(document: known, discovery: Discovery(sampler.spans))
    #expect(difference.lines == [], "seed \(seed)")
  }

  @Test func `what the traces show and the document does not say is told in words`() throws {
    let known = try Application(parsing: Self.shop)
    let changed = Self.shop
      .replacing("probability: 0.7", with: "probability: 0.2")
      .replacing("cpu: 8ms", with: "cpu: 16ms")
      .replacing("- {service: users, operation: get}\n      - parallel", with: "- parallel")
      .replacing("weight: 3", with: "weight: 1")
      .replacing(
        "parallel:\n        - sequence",
        with: "sequence:\n        - sequence"
      )
    var sampler = TraceSampler(try Application(parsing: changed), seed: 5)
    for number in 0..<4000 { sampler.play(trace: number) }
    let lines = ApplicationDifference(
      document: known,
      discovery: Discovery(sampler.spans)
    ).lines.map(\.description)
    func tells(_ start: String, _ words: String) -> Bool {
      lines.contains { $0.hasPrefix(start) && $0.contains(words) }
    }
    #expect(tells("~ web/buy → ads/pick", "probability 0.7 in the document"), "\(lines)")
    #expect(tells("~ web/buy: own time 8ms in the document", "(+"), "\(lines)")
    #expect(tells("- web/browse → users/get", "never in the traces"), "\(lines)")
    #expect(tells("~ entry web/buy", "25 % of the requests in the document, 5"), "\(lines)")
    #expect(tells("~ web/browse → ads/pick and items/list", "one after the other in the traces"))
    #expect(lines.count == 7, "\(lines)")
  }

  @Test func `failed calls that are tried again count as retries`() {
    var spans: [Span] = []
    for trace in 0..<50 {
      let start = trace * 1_000_000
      func span(
        _ id: String,
        _ parent: String?,
        _ service: String,
        _ from: Int,
        _ to: Int,
        _ fails: Bool
      ) {
        spans.append(
          Span(
            trace: "\(trace)",
            id: id,
            parent: parent,
            service: service,
            operation: "get",
            start: start + from,
            end: start + to,
            isFailed: fails
          )
        )
      }
      span("a", nil, "web", 0, 900, false)
      span("b", "a", "db", 100, 200, trace < 10)
      if trace < 10 { span("c", "a", "db", 300, 400, false) }
    }
    let web = Discovery(spans).application.service("web")?.operation("get")
    let call = Application.Call(service: "db", operation: "get", retries: 1)
    #expect(web?.calls == [.call(call)])
  }

  @Test func `callees that are not traced appear under the name of their system`() {
    let spans = [
      Span(trace: "1", id: "a", service: "web", operation: "get", start: 0, end: 100),
      Span(
        trace: "1",
        id: "b",
        parent: "a",
        service: "web",
        operation: "SELECT",
        kind: .client,
        start: 10,
        end: 60,
        peer: "PostgreSQL"
      ),
    ]
    let found = Discovery(spans).application
    #expect(found.services.map(\.name) == ["web", "postgresql"])
    #expect(
      found.service("web")?.operation("get")?.calls
        == [.call(Application.Call(service: "postgresql", operation: "SELECT"))]
    )
  }

  @Test func `calls that go round in a circle are cut, and a note says so`() throws {
    let spans = [
      Span(trace: "1", id: "a", service: "one", operation: "x", start: 0, end: 100),
      Span(trace: "1", id: "b", parent: "a", service: "two", operation: "y", start: 10, end: 90),
      Span(trace: "1", id: "c", parent: "b", service: "one", operation: "x", start: 20, end: 80),
    ]
    let discovery = Discovery(spans)
    #expect(discovery.notes.contains { $0.contains("one/x → two/y → one/x") })
    #expect(try Application(parsing: discovery.application.yaml) == discovery.application)
  }

  @Test(arguments: [
    ("nonsense", "line 1 is not JSON"), ("{\"a\": 1}", "neither OTLP JSON"),
    ("{\"resourceSpans\": []}", "no spans"),
    ("{\"data\": [{\"spans\": [{\"traceID\": \"1\", \"spanID\": \"2\"}]}]}", "span 1 of the file"),
  ])
  func `a file without usable traces is refused in words`(text: String, words: String) {
    #expect { try TraceFile.spans(in: Array(text.utf8)) } throws: { "\($0)".contains(words) }
  }

  @Test func `damaged trace files are refused or read, never more`() throws {
    var sampler = TraceSampler(try Application(parsing: Self.shop), seed: 6)
    for number in 0..<2 { sampler.play(trace: number) }
    let (otlp, jaeger) = (sampler.otlp.serialized, sampler.jaeger.serialized)
    var generator = SplitMix64(seed: 12)
    for index in 0..<FuzzCases.count {
      let bytes = ByteMutator().mutate(index % 2 == 0 ? otlp : jaeger, using: &generator)
      guard let spans = try? TraceFile.spans(in: bytes) else { continue }
      let found = Discovery(spans).application
      #expect(!found.services.isEmpty && (try? CallGraph(found)) != nil)
    }
  }
}

extension Application {
  /// Probabilities of one digit, so that what was sampled can be compared with what it was sampled from.
  fileprivate var rounded: Application {
    var application = self
    for service in spec.services.indices {
      for operation in spec.services[service].operations.indices {
        let calls = spec.services[service].operations[operation].calls
        application.spec.services[service].operations[operation].calls = calls.map(\.rounded)
      }
    }
    return application
  }

  /// Services and operations in the order of their names, entry points without theirs.
  fileprivate var sorted: Application {
    var application = self
    application.spec.services.sort { $0.name < $1.name }
    for index in application.spec.services.indices {
      application.spec.services[index].operations.sort { $0.name < $1.name }
    }
    application.spec.entryPoints.sort { $0.name < $1.name }
    return application
  }

  /// Series-parallel calls to leaves, each callee once per operation, with times that tell apart what is at once.
  fileprivate static func randomForTracing(using generator: inout SplitMix64) -> Application {
    var leaves = (0..<12).map { index in
      Service(
        name: ServiceName("leaf\(index)"),
        operations: [
          Operation(name: "get", work: Work(cpu: .milliseconds(5), variability: 0.6))
        ]
      )
    }
    let operations = (0..<3).map { index in
      var callees = leaves.map(\.name).shuffled(using: &generator)[...]
      let calls = (0..<3).compactMap { _ in
        CallStage.randomForTracing(of: &callees, depth: 2, using: &generator)
      }
      return Operation(
        name: OperationName("op\(index)"),
        work: Work(cpu: .milliseconds(4), variability: 0.3),
        calls: calls
      )
    }
    let called = Set(operations.flatMap(\.expectedCalls).map(\.call.service))
    leaves.removeAll { !called.contains($0.name) }
    return Application(
      metadata: Metadata(name: "random"),
      spec: Spec(
        entryPoints: operations.map {
          EntryPoint(name: EntryPointName($0.name.rawValue), service: "root", operation: $0.name)
        },
        services: [Service(name: "root", operations: operations)] + leaves
      )
    )
  }
}

extension Application.CallStage {
  fileprivate var rounded: Application.CallStage {
    let round = { (value: Double) in (value * 10).rounded() / 10 }
    switch self {
    case .call(var call):
      call.probability = round(call.probability)
      return .call(call)
    case .sequence(let stages, let probability):
      return .sequence(stages.map(\.rounded), probability: round(probability))
    case .parallel(let stages, let probability):
      return .parallel(stages.map(\.rounded), probability: round(probability))
    }
  }

  fileprivate static func randomForTracing(
    of callees: inout ArraySlice<ServiceName>,
    depth: Int,
    using generator: inout SplitMix64
  ) -> Application.CallStage? {
    guard let callee = callees.first else { return nil }
    let choices: [Double] = [1, 1, 0.8, 0.5]
    let probability = choices.randomElement(using: &generator) ?? 1
    let kind = depth > 0 ? Int.random(in: 0..<4, using: &generator) : 3
    guard kind < 2 else {
      callees.removeFirst()
      return .call(
        Application.Call(
          service: callee,
          operation: "get",
          probability: probability,
          count: kind == 2 ? Int.random(in: 1...3, using: &generator) : 1
        )
      )
    }
    var stages: [Application.CallStage] = []
    for _ in 0..<2 {
      let stage = randomForTracing(of: &callees, depth: depth - 1, using: &generator)
      if let stage { stages.append(stage) }
    }
    return kind == 0
      ? .sequence(stages, probability: 1) : .parallel(stages, probability: probability)
  }
}
