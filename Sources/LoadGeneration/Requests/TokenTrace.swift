/// Requests as a service recorded them: when each came, its prompt and its answer in tokens.
///
/// Rows are in the order of their time, the first at zero. The files are those of the Azure Public Dataset
/// (`AzureLLMInferenceTrace`), or any CSV with its three columns.
package struct TokenTrace: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package var arrival: Duration
    package var promptTokenCount: Int
    package var outputTokenCount: Int

    package init(arrival: Duration, promptTokenCount: Int, outputTokenCount: Int) {
      self.arrival = arrival
      self.promptTokenCount = promptTokenCount
      self.outputTokenCount = outputTokenCount
    }
  }

  package private(set) var rows: [Row]

  package init(rows: [Row]) {
    let first = rows.map(\.arrival).min() ?? .zero
    self.rows = rows.enumerated()
      .sorted { ($0.element.arrival, $0.offset) < ($1.element.arrival, $1.offset) }
      .map {
        Row(
          arrival: $1.arrival - first,
          promptTokenCount: $1.promptTokenCount,
          outputTokenCount: $1.outputTokenCount
        )
      }
  }

  package init(parsing text: String) throws(TraceError) {
    var lines = text.lines[...]
    let names = (lines.popFirst() ?? "").split(separator: ",").map { String($0.trimmed) }
    var columns: [Int] = []
    for name in ["TIMESTAMP", "ContextTokens", "GeneratedTokens"] {
      guard let column = names.firstIndex(of: name) else { throw .missingColumn(name: name) }
      columns.append(column)
    }
    var rows: [Row] = []
    for (index, line) in lines.enumerated() where !line.trimmed.isEmpty {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
      guard let row = Row(fields, columns) else {
        throw .notARow(line: index + 2, text: String(line.prefix(60)))
      }
      rows.append(row)
    }
    guard !rows.isEmpty else { throw .empty }
    self.init(rows: rows)
  }

  /// From the first to the last arrival.
  package var duration: Duration { rows.last?.arrival ?? .zero }

  /// Mean arrivals per second; infinite for a trace of one moment.
  package var meanRate: Double { Double(rows.count) / (duration / .seconds(1)) }

  /// This trace with every time multiplied by `time` and every length by `lengths`, at least one token.
  package func scaled(time: Double = 1, lengths: Double = 1) -> TokenTrace {
    var trace = self
    for index in trace.rows.indices {
      trace.rows[index].arrival = rows[index].arrival * time
      trace.rows[index].promptTokenCount = scale(rows[index].promptTokenCount, by: lengths)
      trace.rows[index].outputTokenCount = scale(rows[index].outputTokenCount, by: lengths)
    }
    return trace
  }

  /// The requests of the first `limit`; all of them if it is nil.
  package func prefix(_ limit: Duration?) -> TokenTrace {
    guard let limit else { return self }
    return TokenTrace(rows: rows.filter { $0.arrival < limit })
  }

  /// Both traces from the same moment on.
  package func merged(with other: TokenTrace) -> TokenTrace { TokenTrace(rows: rows + other.rows) }

  private func scale(_ count: Int, by factor: Double) -> Int {
    max(1, Int((Double(count) * factor).rounded()))
  }
}

extension TokenTrace.Row {
  /// Nil if a field is missing or none of its kind.
  fileprivate init?(_ fields: [Substring], _ columns: [Int]) {
    guard let last = columns.max(), last < fields.count,
      let seconds = Self.seconds(fields[columns[0]]),
      let prompt = Int(fields[columns[1]]), prompt >= 0,
      let output = Int(fields[columns[2]]), output >= 0
    else { return nil }
    self.init(
      arrival: seconds,
      promptTokenCount: max(prompt, 1),
      outputTokenCount: max(output, 1)
    )
  }

  /// `2023-11-16 18:17:03.9799600` as time since an arbitrary day, or a plain number of seconds.
  private static func seconds(_ text: Substring) -> Duration? {
    if let number = Double(text) { return number.isFinite ? .seconds(number) : nil }
    let halves = text.split { $0 == " " || $0 == "T" }
    guard halves.count == 2 else { return nil }
    let date = halves[0].split(separator: "-").compactMap { Int($0) }
    let time = halves[1].split(separator: ":")
    guard date.count == 3, time.count == 3, let hour = Int(time[0]), let minute = Int(time[1]),
      let second = Double(time[2].prefix { $0.isNumber || $0 == "." })
    else { return nil }
    let days = dayNumber(date[0], date[1], date[2])
    return .seconds(days * 86_400 + hour * 3_600 + minute * 60) + .seconds(second)
  }

  /// Days since 0000-03-01 in the Gregorian calendar; years begin in March, so leap days come last.
  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let months = (month + 9) % 12
    return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * months + 2) / 5
      + day
  }
}
