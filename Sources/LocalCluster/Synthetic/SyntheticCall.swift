import Applications
import NIOCore
import NIOHTTP1
import Randomness

/// One call as HTTP: an operation's path, or for a language model a completion of the class that is called.
struct SyntheticCall {
  let head: HTTPRequestHead
  let body: ByteBuffer?

  init(_ call: SyntheticPlan.Call, for id: String?, using random: inout SplitMix64) {
    var headers: HTTPHeaders = ["host": call.service]
    if let id { headers.add(name: "x-request-id", value: id) }
    body = call.generation.map { Self.completion($0, using: &random) }
    if body != nil {
      headers.add(name: "content-type", value: "application/json")
      headers.add(name: "x-service-class", value: call.operation)
    }
    head = HTTPRequestHead(
      version: .http1_1,
      method: body == nil ? .GET : .POST,
      uri: body == nil ? "/" + call.operation : "/v1/completions",
      headers: headers
    )
  }

  /// A prompt of about so many tokens, no two alike, and the length of the answer.
  private static func completion(
    _ generation: SyntheticPlan.Generation,
    using random: inout SplitMix64
  ) -> ByteBuffer {
    let prompt = LogNormal(
      mean: generation.meanPromptTokens,
      variability: generation.promptVariability
    ).sample(using: &random)
    let output = LogNormal(
      mean: generation.meanOutputTokens,
      variability: generation.outputVariability
    ).sample(using: &random)
    let words = (0..<max(1, Int(prompt.rounded()))).map { _ in
      Self.words[Int.random(in: 0..<Self.words.count, using: &random)]
    }
    let count = max(1, Int(output.rounded()))
    return ByteBuffer(
      string: #"{"prompt":"\#(words.joined(separator: " "))","max_tokens":\#(count),"#
        + #""bench_output_length":\#(count)}"#
    )
  }

  /// Words of one token each in most vocabularies.
  private static let words = [
    "the", "and", "a", "to", "was", "in", "he", "that", "of", "it", "she", "his", "with", "but",
    "they", "had", "her", "for", "as", "on",
  ]
}
