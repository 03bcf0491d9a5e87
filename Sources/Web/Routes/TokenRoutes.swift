import Hummingbird
import OrderedJSON

/// Text to tokens and back, as benchmark clients use it to measure prompts.
struct TokenRoutes: Sendable {
  let state: ServingState
  let bodyReader: BodyReader

  func tokenize(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    try await answer(request, tokenize)
  }

  func detokenize(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    try await answer(request, detokenize)
  }

  private func tokenize(_ fields: RequestFields, _ generator: any TextGenerator) throws -> JSON {
    let tokenize = try TokenizeRequest(fields)
    let tokens =
      switch tokenize.input {
      case .text(let text, let addsSpecialTokens):
        generator.encode(text, addsSpecialTokens: addsSpecialTokens)
      case .chat(let chat, let addsSpecialTokens):
        try chat.tokens(generator, addsSpecialTokens: addsSpecialTokens)
      }
    var body: JSON.Object = [
      "tokens": .array(tokens.map { .integer(Int($0)) }),
      "count": .integer(tokens.count),
      "max_model_len": .integer(generator.maximumModelLength),
    ]
    if tokenize.wantsTokenTexts {
      body["token_strs"] = .array(tokens.map { .string(generator.text(of: $0)) })
    }
    return .object(body)
  }

  private func detokenize(_ fields: RequestFields, _ generator: any TextGenerator) throws -> JSON {
    let detokenize = try DetokenizeRequest(fields, vocabularyCount: generator.vocabularyCount)
    return ["prompt": .string(generator.decode(detokenize.tokens, skipsSpecialTokens: false))]
  }

  private func answer(
    _ request: Request,
    _ work: @escaping @Sendable (RequestFields, any TextGenerator) throws -> JSON
  ) async throws -> Response {
    let model = try state.model()
    let body = try await bodyReader.read(request)
    let answer = try await WorkPool.run(bodySize: body.count) {
      var fields = try RequestFields(parsing: body)
      try model.checkName(&fields)
      return try work(fields, model.generator).serialized
    }
    return Response(serialized: answer)
  }
}
