import OrderedJSON

/// Reads spans from OTLP JSON (one document, or one a line as collectors write) and from Jaeger's JSON.
package enum TraceFile {
  /// - Throws: ``TraceError`` at the first thing that cannot be read; nothing is skipped silently.
  package static func spans(in text: [UInt8]) throws(TraceError) -> [Span] {
    var spans: [Span] = []
    for document in try documents(in: text) {
      if document["resourceSpans"] != nil {
        try OTLPTraces.append(document, to: &spans)
      } else if document["data"] != nil {
        try JaegerTraces.append(document, to: &spans)
      } else {
        throw .unknownFormat
      }
    }
    guard !spans.isEmpty else { throw .noSpans }
    return spans
  }

  private static func documents(in text: [UInt8]) throws(TraceError) -> [JSON] {
    if let whole = try? JSON(parsing: text) { return [whole] }
    var documents: [JSON] = []
    for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      do {
        documents.append(try JSON(parsing: Array(line)))
      } catch {
        throw .notJSON(line: index + 1, reason: "\(error)")
      }
    }
    guard !documents.isEmpty else { throw .noSpans }
    return documents
  }
}

extension JSON {
  /// A whole number, also one that is written as a text, as protobuf's JSON does with 64 bits.
  var wholeNumber: Int? { integerValue ?? stringValue.flatMap { Int($0) } }

  /// The text of a tag's or an attribute's value.
  fileprivate var plainText: String? {
    stringValue ?? integerValue.map(String.init) ?? boolValue.map { "\($0)" }
  }
}

/// `ExportTraceServiceRequest` in protobuf's JSON mapping, as OpenTelemetry's file exporter writes it.
enum OTLPTraces {
  static func append(_ document: JSON, to spans: inout [Span]) throws(TraceError) {
    for resource in document["resourceSpans"]?.arrayValue ?? [] {
      let attributes = texts(resource["resource"]?["attributes"])
      let service = attributes["service.name"] ?? "unknown"
      for scope in resource["scopeSpans"]?.arrayValue ?? [] {
        for span in scope["spans"]?.arrayValue ?? [] {
          spans.append(try Self.span(span, of: service, number: spans.count + 1))
        }
      }
    }
  }

  private static func span(
    _ json: JSON,
    of service: String,
    number: Int
  ) throws(TraceError) -> Span {
    guard let trace = json["traceId"]?.stringValue, let id = json["spanId"]?.stringValue else {
      throw .malformed(span: number, reason: "\"traceId\" and \"spanId\" are missing")
    }
    guard let start = json["startTimeUnixNano"]?.wholeNumber,
      let end = json["endTimeUnixNano"]?.wholeNumber, start >= 0, end >= start
    else {
      let reason = "\"startTimeUnixNano\" and \"endTimeUnixNano\" are missing or out of order"
      throw .malformed(span: number, reason: reason)
    }
    let attributes = texts(json["attributes"])
    let parent = json["parentSpanId"]?.stringValue ?? ""
    let status = json["status"]?["code"]
    return Span(
      trace: trace,
      id: id,
      parent: parent.isEmpty ? nil : parent,
      service: service,
      operation: json["name"]?.stringValue ?? "unknown",
      kind: kind(json["kind"]),
      start: start,
      end: end,
      isFailed: status?.integerValue == 2 || status?.stringValue == "STATUS_CODE_ERROR",
      peer: attributes["peer.service"] ?? attributes["db.system"]
    )
  }

  private static func kind(_ json: JSON?) -> Span.Kind {
    let names = ["", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
    let name = json?.integerValue.flatMap { names.indices.contains($0) ? names[$0] : nil }
    return kind(named: name ?? json?.stringValue?.replacing("SPAN_KIND_", with: "") ?? "")
  }

  static func kind(named name: String) -> Span.Kind {
    switch name.uppercased() {
    case "SERVER": .server
    case "CLIENT": .client
    case "PRODUCER": .producer
    case "CONSUMER": .consumer
    default: .inner
    }
  }

  private static func texts(_ attributes: JSON?) -> [String: String] {
    var texts: [String: String] = [:]
    for attribute in attributes?.arrayValue ?? [] {
      guard let key = attribute["key"]?.stringValue, let value = attribute["value"] else {
        continue
      }
      texts[key] = value.objectValue?.values.first?.plainText
    }
    return texts
  }
}

/// What Jaeger's query service and its UI's download button give.
enum JaegerTraces {
  static func append(_ document: JSON, to spans: inout [Span]) throws(TraceError) {
    for trace in document["data"]?.arrayValue ?? [] {
      for span in trace["spans"]?.arrayValue ?? [] {
        spans.append(try Self.span(span, trace["processes"], number: spans.count + 1))
      }
    }
  }

  private static func span(
    _ json: JSON,
    _ processes: JSON?,
    number: Int
  ) throws(TraceError) -> Span {
    guard let trace = json["traceID"]?.stringValue, let id = json["spanID"]?.stringValue else {
      throw .malformed(span: number, reason: "\"traceID\" and \"spanID\" are missing")
    }
    guard let start = json["startTime"]?.wholeNumber, let duration = json["duration"]?.wholeNumber,
      (0...(Int.max / 4000)).contains(start), (0...(Int.max / 4000)).contains(duration)
    else {
      let reason = "\"startTime\" and \"duration\" are missing or out of range"
      throw .malformed(span: number, reason: reason)
    }
    let process = json["processID"]?.stringValue.flatMap { processes?[$0] } ?? json["process"]
    let tags = texts(json["tags"])
    return Span(
      trace: trace,
      id: id,
      parent: parent(json),
      service: process?["serviceName"]?.stringValue ?? "unknown",
      operation: json["operationName"]?.stringValue ?? "unknown",
      kind: OTLPTraces.kind(named: tags["span.kind"] ?? ""),
      start: start * 1000,
      end: (start + duration) * 1000,
      isFailed: tags["error"] == "true",
      peer: tags["peer.service"] ?? tags["db.type"]
    )
  }

  private static func parent(_ json: JSON) -> String? {
    let references = json["references"]?.arrayValue ?? []
    let child = references.first { $0["refType"]?.stringValue == "CHILD_OF" } ?? references.first
    let parent = child?["spanID"]?.stringValue ?? json["parentSpanID"]?.stringValue ?? ""
    return parent.isEmpty ? nil : parent
  }

  private static func texts(_ tags: JSON?) -> [String: String] {
    var texts: [String: String] = [:]
    for tag in tags?.arrayValue ?? [] {
      guard let key = tag["key"]?.stringValue else { continue }
      texts[key] = tag["value"]?.plainText
    }
    return texts
  }
}
