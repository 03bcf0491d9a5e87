import Inference
import OrderedJSON

/// Turns the events of a streamed answer into server-sent events; pure, so it is tested without a socket.
///
/// Order of what it writes: per choice an opening chunk with its first piece, pieces, an ending chunk; then
/// the usage chunk if asked for, then `[DONE]`. A failure is written as an error event and ends the stream.
struct EventStreamEncoder<Format: AnswerFormat> {
  private struct Choice {
    var isOpen = false
    var textOffset = 0
    var tokenCount = 0
  }

  private let format: Format
  private let header: AnswerHeader
  private let options: SamplingFields.StreamOptions
  private let choiceCount: Int
  private let promptTokenCounts: [Int]
  private var choices: [Choice]
  private var unfinishedPromptCount: Int
  private var usage = Usage.zero

  /// Whether the last event has been written.
  private(set) var isFinished = false

  init(
    format: Format,
    header: AnswerHeader,
    options: SamplingFields.StreamOptions,
    promptTokenCounts: [Int],
    choiceCount: Int
  ) {
    self.format = format
    self.header = header
    self.options = options
    self.choiceCount = choiceCount
    self.promptTokenCounts = promptTokenCounts
    choices = Array(repeating: Choice(), count: promptTokenCounts.count * choiceCount)
    unfinishedPromptCount = promptTokenCounts.count
  }

  /// Appends what `event` makes known to the client, which may be nothing.
  mutating func encode(prompt: Int, event: GenerationEvent, into output: inout [UInt8]) {
    guard !isFinished else { return }
    switch event {
    case .text(let choice, let text, let tokens):
      encode(text, tokens, index: prompt * choiceCount + choice, into: &output)
    case .finished(let choice, let reason):
      let index = prompt * choiceCount + choice
      open(index, into: &output)
      append([format.endingChoice(index: index, reason: reason)], about: index, to: &output)
    case .usage(let part):
      usage += part
      unfinishedPromptCount -= 1
      if unfinishedPromptCount == 0 { finish(into: &output) }
    case .failed(let failure): fail(APIFault(failure), into: &output)
    }
  }

  /// Ends the stream with an error event; its status has long been sent.
  mutating func fail(_ fault: APIFault, into output: inout [UInt8]) {
    guard !isFinished else { return }
    appendEvent(fault.body, to: &output)
    isFinished = true
  }

  /// Appends a comment, which clients skip and which keeps proxies from closing a quiet connection.
  func keepAlive(into output: inout [UInt8]) {
    output.append(contentsOf: ": keep-alive\n\n".utf8)
  }

  private mutating func encode(
    _ text: String,
    _ tokens: [GeneratedToken],
    index: Int,
    into output: inout [UInt8]
  ) {
    open(index, into: &output)
    let offset = choices[index].textOffset
    choices[index].textOffset += text.unicodeScalars.count
    choices[index].tokenCount += tokens.count
    guard !text.isEmpty || (format.tokens.wantsTokens && !tokens.isEmpty) else { return }
    let choice = format.deltaChoice(index: index, text: text, tokens: tokens, textOffset: offset)
    append([choice], about: index, to: &output)
  }

  private mutating func open(_ index: Int, into output: inout [UInt8]) {
    guard !choices[index].isOpen else { return }
    choices[index].isOpen = true
    if let opening = format.openingChoice(index: index) {
      append([opening], about: index, to: &output)
    }
  }

  private mutating func finish(into output: inout [UInt8]) {
    if options.includesUsage {
      var members = header.body(object: format.chunkObjectName, choices: [])
      members["usage"] = usage.json
      appendEvent(.object(members), to: &output)
    }
    output.append(contentsOf: "data: [DONE]\n\n".utf8)
    isFinished = true
  }

  private func append(_ bodies: [JSON], about index: Int, to output: inout [UInt8]) {
    var members = header.body(object: format.chunkObjectName, choices: bodies)
    if options.includesContinuousUsage {
      members["usage"] = runningUsage(of: index / choiceCount).json
    } else if options.includesUsage {
      members["usage"] = .null
    }
    appendEvent(.object(members), to: &output)
  }

  private func runningUsage(of prompt: Int) -> Usage {
    let indices = prompt * choiceCount..<(prompt + 1) * choiceCount
    return Usage(
      promptTokens: promptTokenCounts[prompt],
      completionTokens: choices[indices].reduce(0) { $0 + $1.tokenCount }
    )
  }

  private func appendEvent(_ body: JSON, to output: inout [UInt8]) {
    output.append(contentsOf: "data: ".utf8)
    body.append(to: &output)
    output.append(contentsOf: "\n\n".utf8)
  }
}
