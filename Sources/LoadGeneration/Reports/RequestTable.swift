/// What became of every request of a run, one line each: for judgements that a summary cannot make.
package struct RequestTable: Sendable {
  package let classes: [ServiceClass]
  package let records: [RequestRecord]

  package init(_ records: [RequestRecord], classes: [ServiceClass]) {
    self.classes = classes
    self.records = records.sorted { $0.request.index < $1.request.index }
  }

  /// Comma-separated values with a header; times in milliseconds, empty where there was none.
  package var csv: String {
    let header =
      "index,class,due_ms,sent_ms,prompt_tokens,output_tokens,planned_output_tokens,outcome,"
      + "ttft_ms,tpot_ms,e2el_ms\n"
    return records.reduce(into: header) { text, record in
      text += line(record).joined(separator: ",") + "\n"
    }
  }

  private func line(_ record: RequestRecord) -> [String] {
    let isWhole = record.ending == .completed
    let time = { (value: Duration?) in
      isWhole ? value?.plainMilliseconds ?? "" : ""
    }
    let request = record.request
    return [
      "\(request.index)", classes[request.classIndex].name,
      request.arrival.plainMilliseconds,
      record.sent.plainMilliseconds,
      "\(record.promptTokenCount)", "\(record.outputTokenCount)",
      "\(request.outputTokenCount)", record.ending.word,
      time(record.timeToFirstToken), time(record.timePerOutputToken), time(record.endToEnd),
    ]
  }
}

extension RequestRecord.Ending {
  /// One word, without the reason.
  fileprivate var word: String {
    switch self {
    case .completed: "completed"
    case .rejected: "refused"
    case .failed: "failed"
    case .unfinished: "unfinished"
    }
  }
}
