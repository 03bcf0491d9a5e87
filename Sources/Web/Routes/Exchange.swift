import HTTPTypes
import Hummingbird
import OrderedJSON

/// One answer in the making: what was asked, and how to write it down.
struct Exchange<Format: AnswerFormat>: Sendable {
  let header: AnswerHeader
  let format: Format
  let plan: AnswerPlan
  /// One for each prompt, held until its answer ends.
  let places: [any AdmittedPlace]
  let options: SamplingFields.StreamOptions

  /// Waits for the whole answer; a client that goes away meanwhile ends it.
  func wholeBody(_ answer: RunningAnswer) async throws -> JSON {
    var collector = AnswerCollector(
      format: format,
      promptCount: plan.prompts.count,
      choiceCount: plan.choiceCount
    )
    try await answer.forEachBatch { events, _ in
      for (prompt, event) in events { try collector.add(prompt: prompt, event: event) }
      return .ongoing
    }
    return try collector.body(header)
  }

  /// Sends the answer as server-sent events while it is generated, one write for all that has come.
  func streamedResponse(_ answer: RunningAnswer, keepAliveInterval: Duration) -> Response {
    Response(
      status: .ok,
      headers: [
        .contentType: "text/event-stream; charset=utf-8",
        .cacheControl: "no-cache",
        .xAccelBuffering: "no",
      ],
      body: ResponseBody { writer in
        var encoder = makeEncoder()
        try await answer.forEachBatch(keepAliveInterval: keepAliveInterval) { events, isDue in
          var output: [UInt8] = []
          for (prompt, event) in events {
            encoder.encode(prompt: prompt, event: event, into: &output)
          }
          if output.isEmpty, isDue { encoder.keepAlive(into: &output) }
          if !output.isEmpty { try await writer.write(ByteBuffer(bytes: output)) }
          return encoder.isFinished ? .complete : .ongoing
        }
        var output: [UInt8] = []
        encoder.fail(.engineStopped, into: &output)
        if !output.isEmpty { try await writer.write(ByteBuffer(bytes: output)) }
        try await writer.finish(nil)
      }
    )
  }

  private func makeEncoder() -> EventStreamEncoder<Format> {
    EventStreamEncoder(
      format: format,
      header: header,
      options: options,
      promptTokenCounts: plan.prompts.map(\.count),
      choiceCount: plan.choiceCount
    )
  }
}
