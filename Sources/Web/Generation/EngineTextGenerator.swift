package import ChatTemplates
package import Inference
import OrderedJSON
package import Scheduling
package import Tokenization

/// The engine with its tokenizer and chat template, as the routes want it.
package struct EngineTextGenerator: TextGenerator {
  private let engine: Engine
  private let tokenizer: Tokenizer
  private let chatTemplate: ChatTemplate?
  private let specialTokens: [String: String]
  package let samplingDefaults: SamplingParameters
  package let longestTokenByteCount: Int

  /// - Parameters:
  ///   - engine: serves the model.
  ///   - tokenizer: the model's.
  ///   - chatTemplate: nil for models that only complete text; chats are refused then.
  ///   - specialTokens: by name, for the template: `bos_token`, `eos_token`.
  ///   - samplingDefaults: for what a request leaves out.
  package init(
    engine: Engine,
    tokenizer: Tokenizer,
    chatTemplate: ChatTemplate?,
    specialTokens: [String: String],
    samplingDefaults: SamplingParameters
  ) {
    self.engine = engine
    self.tokenizer = tokenizer
    self.chatTemplate = chatTemplate
    self.specialTokens = specialTokens
    self.samplingDefaults = samplingDefaults
    let ids = 0..<Int32(tokenizer.vocabularyCount)
    longestTokenByteCount = max(1, ids.map { tokenizer.bytes(of: $0).count }.max() ?? 1)
  }

  package var maximumModelLength: Int { engine.configuration.maximumModelLength }
  package var vocabularyCount: Int { engine.vocabularyCount }
  package var health: EngineHealth { engine.health }
  package var serviceClasses: ServiceClassTable { engine.configuration.classes }

  package func encode(_ text: String, addsSpecialTokens: Bool) -> [Int32] {
    tokenizer.encode(text, addSpecialTokens: addsSpecialTokens)
  }

  package func decode(_ tokens: [Int32], skipsSpecialTokens: Bool) -> String {
    tokenizer.decode(tokens, skipSpecialTokens: skipsSpecialTokens)
  }

  package func bytes(of token: Int32) -> [UInt8] { tokenizer.bytes(of: token) }

  package func render(_ chat: ChatPrompt) throws -> String {
    guard let chatTemplate else { throw ChatRefusal.noTemplate }
    let text = try chatTemplate.render(
      ChatTemplateContext(
        messages: chat.messages,
        addGenerationPrompt: chat.addsGenerationPrompt,
        specialTokens: specialTokens,
        arguments: chat.variables,
        now: CalendarTime(secondsSince1970: UnixTime.now)
      )
    )
    return chat.continuesFinalMessage ? try cut(text, after: chat.messages.last) : text
  }

  /// Takes off what the template put behind the last message, so that the model goes on with its text.
  private func cut(_ text: String, after message: JSON?) throws -> String {
    let content = (message?["content"]?.stringValue ?? "").trimmingWhitespace
    guard !content.isEmpty, let range = text.ranges(of: content).last else {
      throw ChatRefusal.nothingToContinue
    }
    return String(text[..<range.upperBound])
  }

  package func reserve(promptTokenEstimate: Int) -> PlaceAnswer {
    do {
      let reservation = try engine.reserve(promptTokenEstimate: promptTokenEstimate)
      return .admitted(EnginePlace(engine: engine, reservation: reservation))
    } catch {
      return error.reason == .draining ? .draining : .refused(retryAfter: error.retryAfter)
    }
  }
}

private struct EnginePlace: AdmittedPlace {
  let engine: Engine
  let reservation: Reservation

  func classify(as serviceClass: ServiceClass, promptTokenEstimate: Int?) -> Duration? {
    do {
      try engine.classify(
        reservation,
        as: serviceClass,
        promptTokenEstimate: promptTokenEstimate
      )
      return nil
    } catch { return error.retryAfter }
  }

  func generate(_ request: GenerationRequest) throws -> AsyncStream<GenerationEvent> {
    do {
      return try engine.generate(request, reservation)
    } catch {
      throw APIFault(error)
    }
  }
}

extension APIFault {
  init(_ error: RequestError) {
    switch error {
    case .emptyPrompt: self = .invalidField("prompt", problem: "has no tokens")
    case .promptTooLong(let count, let limit):
      self = .promptTooLong(promptTokens: count, maximumModelLength: limit)
    case .unknownToken(let id, let count):
      self = .invalidField("prompt", problem: "holds \(id), but token ids end at \(count - 1)")
    case .invalidParameter(let name, let problem): self = .invalidField(name, problem: problem)
    case .exceedsMemory(let refusal):
      self = .invalidField("prompt", problem: "cannot be served: \(refusal)")
    }
  }
}

/// Why a chat cannot become a prompt, apart from what its template says.
private enum ChatRefusal: Error, CustomStringConvertible {
  case noTemplate
  case nothingToContinue

  var description: String {
    switch self {
    case .noTemplate: "this model has none. Use /v1/completions."
    case .nothingToContinue: "the last message's text is not in the prompt, so it cannot go on."
    }
  }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
