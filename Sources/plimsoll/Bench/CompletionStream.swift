import AsyncHTTPClient
import LoadGeneration
import NIOCore
import NIOHTTP1
import OrderedJSON

/// One streamed answer, read to its end: pieces timed, tokens counted by the server.
struct CompletionStream {
  private let now: () -> Duration
  private var parser = EventStreamParser()
  private(set) var timing = StreamTiming()
  private(set) var promptTokenCount: Int?
  private(set) var outputTokenCount: Int?
  private var isWhole = false

  /// `now` is the time since the start of the run.
  init(now: @escaping () -> Duration) { self.now = now }

  /// How the answer ended, after a request that has been sent.
  mutating func read(_ response: HTTPClientResponse) async throws -> RequestRecord.Ending {
    let status = Int(response.status.code)
    guard response.status == .ok else {
      let body = try await response.body.collect(upTo: 1 << 20)
      if [429, 503].contains(status) { return .rejected(status: status) }
      let json = try? JSON(parsing: Array(body.readableBytesView))
      return .failed(reason: "\(status): \(json?["error"]?["message"]?.stringValue ?? "")")
    }
    for try await buffer in response.body {
      // One time for all that came together, taken before any work on it.
      let time = now()
      for event in parser.append(buffer.readableBytesView) where event != "[DONE]" {
        guard let json = try? JSON(parsing: event) else { return .failed(reason: "no JSON") }
        if let error = json["error"] {
          return .failed(reason: error["message"]?.stringValue ?? "an error without words")
        }
        note(json, at: time)
      }
    }
    return isWhole ? .completed : .failed(reason: "the stream ended early")
  }

  /// Takes in one event.
  mutating func note(_ event: JSON, at time: Duration) {
    if let choice = event["choices"]?[0] {
      let ends = choice["finish_reason"]?.stringValue != nil
      let hasText = choice["text"]?.stringValue?.isEmpty == false
      // An answer without a visible token has its first one when it ends.
      timing.note(at: time, onlyEnds: ends && !hasText && timing.firstPiece != nil)
      if ends { isWhole = true }
    }
    guard let usage = event["usage"], !usage.isNull else { return }
    promptTokenCount = usage["prompt_tokens"]?.integerValue ?? promptTokenCount
    outputTokenCount = usage["completion_tokens"]?.integerValue ?? outputTokenCount
  }
}
