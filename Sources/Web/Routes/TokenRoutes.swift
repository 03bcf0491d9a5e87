import Hummingbird
import OrderedCollections
import OrderedJSON

/// Text to tokens and back, as benchmark clients use it to measure prompts.
struct TokenRoutes: Sendable {
  let state: ServingState
  let bodyReader: BodyReader

  func tokenize(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    let (model, fields) = try await read(request)
    let generator = model.generator
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
    return Response(.object(body))
  }

  func detokenize(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    let (model, fields) = try await read(request)
    let detokenize = try DetokenizeRequest(
      fields,
      vocabularyCount: model.generator.vocabularyCount
    )
    let text = model.generator.decode(detokenize.tokens, skipsSpecialTokens: false)
    return Response(["prompt": .string(text)])
  }

  private func read(_ request: Request) async throws -> (ServedModel, RequestFields) {
    let model = try state.model()
    var fields = try RequestFields(parsing: try await bodyReader.read(request))
    try model.checkName(&fields)
    return (model, fields)
  }
}
