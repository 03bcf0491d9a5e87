import Inference

extension SamplingFields {
  /// What choices tell about their tokens.
  func tokenFormat(_ generator: any TextGenerator) -> TokenFormat {
    TokenFormat(
      generator: generator,
      wantsLogprobs: sampling.logprobCount != nil,
      wantsIDs: wantsTokenIDs
    )
  }
}

extension ChatInput {
  /// The rendered chat as tokens; by default without special tokens, as a template writes them itself.
  func tokens(
    _ generator: any TextGenerator,
    addsSpecialTokens: Bool = false
  ) throws(APIFault) -> [Int32] {
    let prompt = ChatPrompt(
      messages: messages,
      addsGenerationPrompt: addsGenerationPrompt,
      continuesFinalMessage: continuesFinalMessage,
      variables: templateVariables
    )
    let text: String
    do {
      text = try generator.render(prompt)
    } catch {
      throw .chatTemplateFailed(reason: "\(error)")
    }
    return try generator.encodePrompt(text, addsSpecialTokens: addsSpecialTokens)
  }
}

extension PromptInput {
  func tokens(
    _ generator: any TextGenerator,
    addsSpecialTokens: Bool
  ) throws(APIFault) -> [Int32] {
    switch self {
    case .text(let text):
      try generator.encodePrompt(text, addsSpecialTokens: addsSpecialTokens)
    case .tokens(let ids): ids
    }
  }

  func text(_ generator: any TextGenerator) -> String {
    switch self {
    case .text(let text): text
    case .tokens(let ids): generator.decode(ids, skipsSpecialTokens: true)
    }
  }
}

extension TextGenerator {
  /// The tokens of a prompt; one that cannot fit the context is refused without the work of counting them.
  fileprivate func encodePrompt(
    _ text: String,
    addsSpecialTokens: Bool
  ) throws(APIFault) -> [Int32] {
    guard text.utf8.count / longestTokenByteCount <= maximumModelLength else {
      throw .promptTooManyBytes(text.utf8.count, maximumModelLength: maximumModelLength)
    }
    return encode(text, addsSpecialTokens: addsSpecialTokens)
  }
}
