/// One span of a distributed trace, whatever format it came in.
package struct Span: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case server, client, producer, consumer, inner
  }

  package var trace: String
  package var id: String
  package var parent: String?
  package var service: String
  package var operation: String
  package var kind: Kind
  /// Nanoseconds since any fixed moment.
  package var start: Int
  package var end: Int
  package var isFailed: Bool
  /// Whom a client span calls, where the callee itself is not traced.
  package var peer: String?

  package init(
    trace: String,
    id: String,
    parent: String? = nil,
    service: String,
    operation: String,
    kind: Kind = .server,
    start: Int,
    end: Int,
    isFailed: Bool = false,
    peer: String? = nil
  ) {
    self.trace = trace
    self.id = id
    self.parent = parent
    self.service = service
    self.operation = operation
    self.kind = kind
    self.start = start
    self.end = end
    self.isFailed = isFailed
    self.peer = peer
  }
}

/// Why a file holds no traces that can be used.
package enum TraceError: Error, Hashable, CustomStringConvertible {
  case notJSON(line: Int, reason: String)
  /// Neither OTLP nor Jaeger.
  case unknownFormat
  case malformed(span: Int, reason: String)
  case noSpans

  package var description: String {
    switch self {
    case .notJSON(let line, let reason): "line \(line) is not JSON: \(reason)"
    case .unknownFormat:
      "this is neither OTLP JSON (\"resourceSpans\") nor Jaeger JSON (\"data\" with \"spans\")"
    case .malformed(let span, let reason): "span \(span) of the file: \(reason)"
    case .noSpans: "the file holds no spans"
    }
  }
}
