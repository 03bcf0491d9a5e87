import Hummingbird
import Inference
import Logging
import OrderedJSON

/// The two routes that generate text.
///
/// A request's way: body → place in the queue → fields → tokens → plan → streams → one JSON body, or events.
struct AnswerRoutes: Sendable {
  let state: ServingState
  let configuration: WebConfiguration
  let unknownFields: UnknownFieldLog

  func chat(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    let arrival = try await arrive(request, context)
    let generator = arrival.model.generator
    let chat = try ChatCompletionRequest(
      arrival.fields,
      defaults: generator.samplingDefaults,
      vocabularyCount: generator.vocabularyCount
    )
    unknownFields.note(chat.unknownNames, context.logger)
    let plan = try AnswerPlan(
      prompts: [chat.chat.tokens(generator)],
      fields: chat.fields,
      deadline: try deadline(request, chat.fields, arrival),
      maximumModelLength: generator.maximumModelLength
    )
    let format = ChatFormat(tokens: chat.fields.tokenFormat(generator))
    let exchange = Exchange(
      header: arrival.header(id: "chatcmpl-\(context.requestID)"),
      format: format,
      plan: plan,
      options: chat.fields.stream
    )
    return try await answer(exchange, in: [arrival.place], context)
  }

  func completion(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    let arrival = try await arrive(request, context)
    let generator = arrival.model.generator
    let completion = try CompletionRequest(
      arrival.fields,
      defaults: generator.samplingDefaults,
      vocabularyCount: generator.vocabularyCount
    )
    unknownFields.note(completion.unknownNames, context.logger)
    let places = try arrival.places(count: completion.prompts.count)
    let plan = try AnswerPlan(
      prompts: completion.prompts.map {
        $0.tokens(generator, addsSpecialTokens: completion.addsSpecialTokens)
      },
      fields: completion.fields,
      deadline: try deadline(request, completion.fields, arrival),
      maximumModelLength: generator.maximumModelLength,
      defaultMaxTokens: completion.defaultMaxTokens
    )
    let format = CompletionFormat(
      tokens: completion.fields.tokenFormat(generator),
      echoes: completion.echoesPrompt ? completion.prompts.map { $0.text(generator) } : [],
      choiceCount: completion.fields.choiceCount
    )
    let exchange = Exchange(
      header: arrival.header(id: "cmpl-\(context.requestID)"),
      format: format,
      plan: plan,
      options: completion.fields.stream
    )
    return try await answer(exchange, in: places, context)
  }

  /// Takes in a request up to the point where its fields are known, holding a place from before any parsing.
  private func arrive(_ request: Request, _ context: WebRequestContext) async throws -> Arrival {
    let model = try state.model()
    let time = ContinuousClock.now
    let reader = BodyReader(
      maximumSize: configuration.maximumBodySize,
      timeout: configuration.bodyTimeout
    )
    let body = try await reader.read(request)
    let place = try model.reserve(promptTokenEstimate: body.count / 4)
    var fields = try RequestFields(parsing: body)
    try model.checkName(&fields)
    return Arrival(model: model, place: place, fields: fields, time: time, bodySize: body.count)
  }

  private func answer(
    _ exchange: Exchange<some AnswerFormat>,
    in places: [any AdmittedPlace],
    _ context: WebRequestContext
  ) async throws -> Response {
    let answer = RunningAnswer(
      streams: try exchange.plan.start(in: places),
      connection: try await context.connection()
    )
    return exchange.options.isOn
      ? exchange.streamedResponse(answer, keepAliveInterval: configuration.keepAliveInterval)
      : Response(try await exchange.wholeBody(answer))
  }

  /// The earliest of what the server, the header and the body set.
  private func deadline(
    _ request: Request,
    _ fields: SamplingFields,
    _ arrival: Arrival
  ) throws(APIFault) -> ContinuousClock.Instant? {
    let header = try request.headers[.xRequestTimeout].map { (text) throws(APIFault) in
      guard let seconds = Double(text), seconds > 0, seconds <= 86_400 else {
        throw .invalidField(
          "X-Request-Timeout",
          problem: "must be a number of seconds up to 86400, but is '\(text.prefix(40))'"
        )
      }
      return Duration.seconds(seconds)
    }
    let limits = [configuration.requestTimeout, header, fields.timeout].compactMap { $0 }
    return limits.min().map { arrival.time + $0 }
  }
}

/// A request that has its place and whose fields can be read.
private struct Arrival {
  let model: ServedModel
  let place: any AdmittedPlace
  let fields: RequestFields
  let time: ContinuousClock.Instant
  let bodySize: Int

  func header(id: String) -> AnswerHeader {
    AnswerHeader(id: id, created: UnixTime.now, model: model.name)
  }

  /// One place per prompt, all or none.
  func places(count: Int) throws(APIFault) -> [any AdmittedPlace] {
    var places = [place]
    while places.count < count {
      places.append(try model.reserve(promptTokenEstimate: bodySize / 4 / count))
    }
    return places
  }
}

extension ServedModel {
  func reserve(promptTokenEstimate: Int) throws(APIFault) -> any AdmittedPlace {
    switch generator.reserve(promptTokenEstimate: promptTokenEstimate) {
    case .admitted(let place): return place
    case .refused(let retryAfter): throw .overloaded(retryAfter: retryAfter)
    case .draining: throw .draining(retryAfter: .seconds(5))
    }
  }

  /// Checks `model`, which may be left out as there is only one.
  func checkName(_ fields: inout RequestFields) throws(APIFault) {
    guard let asked = try fields.string("model"), asked != name else { return }
    throw .modelNotFound(String(asked.prefix(200)))
  }
}

extension SamplingFields {
  fileprivate func tokenFormat(_ generator: any TextGenerator) -> TokenFormat {
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
    do {
      return generator.encode(
        try generator.render(prompt),
        addsSpecialTokens: addsSpecialTokens
      )
    } catch {
      throw .chatTemplateFailed(reason: "\(error)")
    }
  }
}

extension PromptInput {
  func tokens(_ generator: any TextGenerator, addsSpecialTokens: Bool) -> [Int32] {
    switch self {
    case .text(let text): generator.encode(text, addsSpecialTokens: addsSpecialTokens)
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
