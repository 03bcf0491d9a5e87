/// When each piece of each answer came, one line for each request: for judgements token by token.
package struct TokenTable: Sendable {
  private let records: [RequestRecord]

  package init(_ records: [RequestRecord]) {
    self.records = records.sorted { $0.request.index < $1.request.index }
  }

  /// Comma-separated values with a header; milliseconds from the start of the run, pieces apart by spaces.
  ///
  /// Whoever was refused has no pieces, and counts for the tokens that were planned.
  package var csv: String {
    records.reduce(into: "index,due_ms,planned_tokens,pieces_ms\n") { text, record in
      let request = record.request
      text += "\(request.index),\(request.arrival.plainMilliseconds),\(request.outputTokenCount),"
      text += record.timing.pieceTimes.map(\.plainMilliseconds).joined(separator: " ") + "\n"
    }
  }
}
