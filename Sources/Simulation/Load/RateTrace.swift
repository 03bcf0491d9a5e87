/// How many requests per second enter, step by step; the last step lasts for ever.
package struct RateTrace: Hashable, Sendable {
  package var step: Duration
  /// Requests per second over all entry points.
  package var requestsPerSecond: [Double]

  package init(step: Duration, requestsPerSecond: [Double]) {
    precondition(step > .zero && !requestsPerSecond.isEmpty, "a trace needs steps of some length")
    precondition(requestsPerSecond.allSatisfy { $0 >= 0 && $0.isFinite }, "a rate is negative")
    self.step = step
    self.requestsPerSecond = requestsPerSecond
  }

  package static func constant(_ requestsPerSecond: Double) -> RateTrace {
    RateTrace(step: .seconds(3600), requestsPerSecond: [requestsPerSecond])
  }

  /// One rate per line, each for a step; empty lines and lines that begin with `#` are skipped.
  package init(parsing text: String, step: Duration = .seconds(1)) throws(RateTraceError) {
    var rates: [Double] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      guard fields.count == 1, let rate = Double(first), rate >= 0, rate.isFinite else {
        throw .notARate(line: index + 1, text: String(line.prefix(40)))
      }
      rates.append(rate)
    }
    guard !rates.isEmpty else { throw .empty }
    self.init(step: step, requestsPerSecond: rates)
  }

  package var duration: Duration { step * requestsPerSecond.count }

  /// Every rate times this.
  package func scaled(by factor: Double) -> RateTrace {
    RateTrace(step: step, requestsPerSecond: requestsPerSecond.map { $0 * factor })
  }
}

/// Why a text is no trace of rates.
package enum RateTraceError: Error, Hashable, CustomStringConvertible {
  case empty
  case notARate(line: Int, text: String)

  package var description: String {
    switch self {
    case .empty: "it holds no rate: write one number of requests per second a line"
    case .notARate(let line, let text):
      "line \(line), \"\(text)\", is no rate: write one number of requests per second a line"
    }
  }
}
