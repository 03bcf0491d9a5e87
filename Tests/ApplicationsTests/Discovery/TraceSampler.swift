import Applications
import OrderedJSON
import Randomness

/// Plays requests through an application whose replicas never wait, and writes down the spans.
struct TraceSampler {
  let application: Application
  var generator: SplitMix64
  /// Whether callers write a span of their own around each call, as client libraries do.
  var writesClientSpans = false
  private(set) var spans: [Span] = []
  private var nextID = 1

  init(_ application: Application, seed: UInt64) {
    self.application = application
    generator = SplitMix64(seed: seed)
  }

  /// Plays one request of the mix.
  mutating func play(trace number: Int) {
    let total = application.entryPoints.reduce(0) { $0 + $1.weight }
    var place = Double.random(in: 0..<total, using: &generator)
    for entry in application.entryPoints {
      place -= entry.weight
      guard place < 0 else { continue }
      _ = run(entry.service, entry.operation, at: number * 1_000_000_000, nil, "t\(number)")
      return
    }
  }

  /// One operation with all it calls; returns when it ends.
  private mutating func run(
    _ service: ServiceName,
    _ operation: OperationName,
    at start: Int,
    _ parent: String?,
    _ trace: String
  ) -> Int {
    guard let description = application.service(service)?.operation(operation) else { return start }
    let id = makeID()
    let own = description.work.cpuSeconds.sample(using: &generator)
    var end = start + Int(own * 1e9)
    for stage in description.calls {
      end = run(stage, from: service, at: end, id, trace, atOnce: false)
    }
    spans.append(
      Span(
        trace: trace,
        id: id,
        parent: parent,
        service: service.rawValue,
        operation: operation.rawValue,
        start: start,
        end: end
      )
    )
    return end
  }

  private mutating func run(
    _ stage: Application.CallStage,
    from caller: ServiceName,
    at start: Int,
    _ parent: String,
    _ trace: String,
    atOnce: Bool
  ) -> Int {
    switch stage {
    case .call(let call):
      guard happens(call.probability) else { return start }
      var (begin, end) = (start, start)
      for _ in 0..<call.count {
        end = max(end, self.call(call, from: caller, at: begin, parent, trace))
        if !atOnce { begin = end }
      }
      return end
    case .sequence(let stages, let probability):
      guard happens(probability) else { return start }
      return stages.reduce(start) { run($1, from: caller, at: $0, parent, trace, atOnce: false) }
    case .parallel(let stages, let probability):
      guard happens(probability) else { return start }
      return stages.reduce(start) {
        max($0, run($1, from: caller, at: start, parent, trace, atOnce: true))
      }
    }
  }

  private mutating func call(
    _ call: Application.Call,
    from caller: ServiceName,
    at start: Int,
    _ parent: String,
    _ trace: String
  ) -> Int {
    guard writesClientSpans else {
      return run(call.service, call.operation, at: start, parent, trace)
    }
    let id = makeID()
    let end = run(call.service, call.operation, at: start, id, trace)
    spans.append(
      Span(
        trace: trace,
        id: id,
        parent: parent,
        service: caller.rawValue,
        operation: "call",
        kind: .client,
        start: start,
        end: end
      )
    )
    return end
  }

  private mutating func happens(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &generator) < probability
  }

  private mutating func makeID() -> String {
    nextID += 1
    return "s\(nextID)"
  }
}

extension TraceSampler {
  /// The spans as OpenTelemetry's file exporter writes them.
  var otlp: JSON {
    let services = Set(spans.map(\.service)).sorted()
    let resources = services.map { service -> JSON in
      let attribute: JSON = ["key": "service.name", "value": ["stringValue": .string(service)]]
      let own = spans.filter { $0.service == service }.map { span -> JSON in
        [
          "traceId": .string(span.trace), "spanId": .string(span.id),
          "parentSpanId": .string(span.parent ?? ""), "name": .string(span.operation),
          "kind": span.kind == .client ? "SPAN_KIND_CLIENT" : 2,
          "startTimeUnixNano": .string("\(span.start)"), "endTimeUnixNano": .string("\(span.end)"),
        ]
      }
      return [
        "resource": ["attributes": [attribute]], "scopeSpans": [["spans": .array(own)]],
      ]
    }
    return ["resourceSpans": .array(resources)]
  }

  /// The spans as Jaeger's query service gives them; it counts in microseconds.
  var jaeger: JSON {
    let traces = Dictionary(grouping: spans, by: \.trace).sorted { $0.key < $1.key }
    return ["data": .array(traces.map { Self.jaegerTrace($0.value) })]
  }

  private static func jaegerTrace(_ spans: [Span]) -> JSON {
    var processes = JSON.Object()
    let written = spans.map { span -> JSON in
      processes["p-\(span.service)"] = ["serviceName": .string(span.service)]
      let reference: JSON = [
        "refType": "CHILD_OF", "traceID": .string(span.trace), "spanID": .string(span.parent ?? ""),
      ]
      return [
        "traceID": .string(span.trace), "spanID": .string(span.id),
        "operationName": .string(span.operation),
        "references": span.parent == nil ? [] : [reference],
        "startTime": .integer(span.start / 1000),
        "duration": .integer(span.end / 1000 - span.start / 1000),
        "processID": .string("p-\(span.service)"),
        "tags": [["key": "span.kind", "value": span.kind == .client ? "client" : "server"]],
      ]
    }
    return ["spans": .array(written), "processes": .object(processes)]
  }
}
