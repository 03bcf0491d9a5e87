import HTTPTypes
import Hummingbird
import Logging
import Telemetry

/// Gives every request its id, one line in the access log, and its place in the metrics.
struct ObservationMiddleware: RouterMiddleware {
  let registry: MetricRegistry
  private static let knownMethods = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
  ]
  /// What probes and scrapers ask every few seconds is logged for debugging only.
  private static let probes = ["/health", "/ready", "/metrics"]
  private static let durationBounds = Histogram.decades(from: 0.001, through: 500)

  func handle(
    _ request: Request,
    context: WebRequestContext,
    next: @concurrent (Request, WebRequestContext) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    var context = context
    context.requestID = RequestIdentifier.make(from: request.headers[.xRequestID])
    context.logger[metadataKey: "hb.request.id"] = nil
    context.logger[metadataKey: "request_id"] = "\(context.requestID)"
    var response = try await next(request, context)
    response.headers[.xRequestID] = context.requestID
    let observed = Observed(
      method: request.method.rawValue,
      handler: context.endpointPath ?? "NotFound",
      status: response.status.code,
      start: start
    )
    guard response.body.contentLength == nil else {
      record(observed, isComplete: true, context.logger)
      return response
    }
    let (body, logger) = (response.body, context.logger)
    response.body = ResponseBody { writer in
      do {
        try await body.write(writer)
        record(observed, isComplete: true, logger)
      } catch {
        record(observed, isComplete: false, logger)
        throw error
      }
    }
    return response
  }

  private struct Observed {
    let method: String
    let handler: String
    let status: Int
    let start: ContinuousClock.Instant
  }

  private func record(_ observed: Observed, isComplete: Bool, _ logger: Logger) {
    let seconds = (ContinuousClock.now - observed.start) / .seconds(1)
    // Any other method is the client's own text: it must not make a series of its own.
    let method = Self.knownMethods.contains(observed.method) ? observed.method : "other"
    registry.counter(
      "http_requests_total",
      help: "Requests by route, method and status.",
      labels: ["handler": observed.handler, "method": method, "status": "\(observed.status)"]
    ).add()
    registry.histogram(
      "http_request_duration_seconds",
      help: "Time from a request's head to the end of its answer.",
      bounds: Self.durationBounds,
      labels: ["handler": observed.handler]
    ).observe(seconds)
    logger.log(
      level: Self.probes.contains(observed.handler) ? .debug : .info,
      "request",
      metadata: [
        "method": "\(observed.method)",
        "route": "\(observed.handler)",
        "status": "\(observed.status)",
        "milliseconds": "\(Int(seconds * 1_000))",
        "outcome": isComplete ? "complete" : "disconnected",
      ]
    )
  }
}

/// Request ids: the client's own if it is harmless in a log, else random.
enum RequestIdentifier {
  private static let maximumLength = 128

  static func make(from header: String?) -> String {
    guard let header, (1...maximumLength).contains(header.utf8.count),
      header.utf8.allSatisfy(isHarmless)
    else { return random() }
    return header
  }

  /// 24 hexadecimal digits.
  static func random() -> String {
    let value = UInt128.random(in: 0..<(1 << 96))
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 24 - digits.count) + digits
  }

  private static func isHarmless(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
