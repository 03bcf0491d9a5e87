import Hummingbird
import Inference
import Logging
import OrderedJSON
import Scheduling

/// The two routes that generate text.
///
/// A request's way: body → place in the queue → fields → tokens → plan → streams → one JSON body, or events.
struct AnswerRoutes: Sendable {
  let state: ServingState
  let configuration: WebConfiguration
  let unknownFields: UnknownFieldLog

  func chat(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    let arrival = try await arrive(request, context)
    let exchange = try await WorkPool.run(bodySize: arrival.body.count) {
      try prepareChat(arrival, context)
    }
    return try await answer(exchange, context)
  }

  func completion(_ request: Request, _ context: WebRequestContext) async throws -> Response {
    let arrival = try await arrive(request, context)
    let exchange = try await WorkPool.run(bodySize: arrival.body.count) {
      try prepareCompletion(arrival, context)
    }
    return try await answer(exchange, context)
  }

  /// Takes in a request and a place for it, which comes before any work on its body.
  private func arrive(_ request: Request, _ context: WebRequestContext) async throws -> Arrival {
    let model = try state.model()
    let time = ContinuousClock.now
    let reader = BodyReader(
      maximumSize: configuration.maximumBodySize,
      timeout: configuration.bodyTimeout
    )
    let body = try await reader.read(request)
    let place = try model.reserve(promptTokenEstimate: body.count / 4)
    let timeout = try Self.timeout(request.headers[.xRequestTimeout])
    let limits = [timeout, configuration.requestTimeout].compactMap { $0 }
    var client = context.client
    client.className = request.headers[.xServiceClass] ?? client.className
    return Arrival(
      model: model,
      place: place,
      body: body,
      time: time,
      timeout: limits.min(),
      client: client
    )
  }

  private func prepareChat(
    _ arrival: Arrival,
    _ context: WebRequestContext
  ) throws -> Exchange<ChatFormat> {
    let generator = arrival.model.generator
    let chat = try ChatCompletionRequest(
      try arrival.fields(),
      defaults: generator.samplingDefaults,
      bounds: bounds(generator)
    )
    unknownFields.note(chat.unknownNames, context.logger)
    let order = try arrival.order(chat.fields, in: [(arrival.place, nil)])
    let plan = try AnswerPlan(
      prompts: [chat.chat.tokens(generator)],
      fields: chat.fields,
      order: order,
      deadline: arrival.deadline(chat.fields),
      maximumModelLength: generator.maximumModelLength
    )
    return Exchange(
      header: arrival.header(id: "chatcmpl-\(context.requestID)", chat.fields, order),
      format: ChatFormat(tokens: chat.fields.tokenFormat(generator)),
      plan: plan,
      places: [arrival.place],
      options: chat.fields.stream
    )
  }

  private func prepareCompletion(
    _ arrival: Arrival,
    _ context: WebRequestContext
  ) throws -> Exchange<CompletionFormat> {
    let generator = arrival.model.generator
    let completion = try CompletionRequest(
      try arrival.fields(),
      defaults: generator.samplingDefaults,
      bounds: bounds(generator)
    )
    unknownFields.note(completion.unknownNames, context.logger)
    let places = try arrival.places(count: completion.prompts.count)
    let estimates = completion.prompts.map(\.tokenCountEstimate)
    let order = try arrival.order(completion.fields, in: Array(zip(places, estimates)))
    let plan = try AnswerPlan(
      prompts: completion.prompts.map {
        try $0.tokens(generator, addsSpecialTokens: completion.addsSpecialTokens)
      },
      fields: completion.fields,
      order: order,
      deadline: arrival.deadline(completion.fields),
      maximumModelLength: generator.maximumModelLength,
      defaultMaxTokens: completion.defaultMaxTokens
    )
    let format = CompletionFormat(
      tokens: completion.fields.tokenFormat(generator),
      echoes: completion.echoesPrompt ? completion.prompts.map { $0.text(generator) } : [],
      choiceCount: completion.fields.choiceCount
    )
    return Exchange(
      header: arrival.header(id: "cmpl-\(context.requestID)", completion.fields, order),
      format: format,
      plan: plan,
      places: places,
      options: completion.fields.stream
    )
  }

  private func bounds(_ generator: any TextGenerator) -> SamplingFields.Bounds {
    SamplingFields.Bounds(
      vocabularyCount: generator.vocabularyCount,
      allowsReplayedLengths: configuration.allowsReplayedLengths
    )
  }

  private func answer(
    _ exchange: Exchange<some AnswerFormat>,
    _ context: WebRequestContext
  ) async throws -> Response {
    let answer = RunningAnswer(
      streams: try exchange.plan.start(in: exchange.places),
      connection: try await context.connection()
    )
    if exchange.options.isOn {
      // The share of united experts comes with the usage, as headers leave before the answer.
      return exchange.streamedResponse(
        answer,
        keepAliveInterval: configuration.keepAliveInterval
      )
    }
    let body = try await exchange.wholeBody(answer)
    var response = Response(body)
    if let share = body["usage"]?["united_expert_share"] {
      response.headers[.xUnitedExpertShare] = share.text
    }
    return response
  }

  /// What the header `X-Request-Timeout` allows, in seconds on the wire.
  private static func timeout(_ header: String?) throws(APIFault) -> Duration? {
    guard let header else { return nil }
    guard let seconds = Double(header), seconds > 0, seconds <= 86_400 else {
      throw .invalidField(
        "X-Request-Timeout",
        problem: "must be a number of seconds up to 86400, but is '\(header.prefix(40))'"
      )
    }
    return .seconds(seconds)
  }
}

/// A request that has its place and whose body is still to be read.
private struct Arrival: Sendable {
  let model: ServedModel
  let place: any AdmittedPlace
  let body: [UInt8]
  let time: ContinuousClock.Instant
  /// What the server and the header allow.
  let timeout: Duration?
  let client: Client

  /// The body's members, the model's name checked.
  func fields() throws(APIFault) -> RequestFields {
    var fields = try RequestFields(parsing: body)
    try model.checkName(&fields)
    return fields
  }

  /// The earliest of what the server, the header and the body set.
  func deadline(_ fields: SamplingFields) -> ContinuousClock.Instant? {
    [timeout, fields.timeout].compactMap { $0 }.min().map { time + $0 }
  }

  /// The service that the request gets, if its class can be served now; before any prompt is made into tokens.
  ///
  /// Each place comes with what the body said of its prompt's length.
  func order(
    _ fields: SamplingFields,
    in places: [(place: any AdmittedPlace, promptTokenEstimate: Int?)]
  ) throws(APIFault) -> ServiceOrder {
    let order = try ServiceOrder(fields, client, model.generator.serviceClasses)
    for (place, estimate) in places {
      let wait = place.classify(as: order.serviceClass, promptTokenEstimate: estimate)
      if let wait { throw .overloaded(retryAfter: wait) }
    }
    return order
  }

  func header(id: String, _ fields: SamplingFields, _ order: ServiceOrder) -> AnswerHeader {
    AnswerHeader(
      id: id,
      created: UnixTime.now,
      model: model.name,
      serviceTier: fields.serviceTier == nil ? nil : order.serviceClass.name
    )
  }

  /// One place per prompt, all or none.
  func places(count: Int) throws(APIFault) -> [any AdmittedPlace] {
    var places = [place]
    while places.count < count {
      places.append(try model.reserve(promptTokenEstimate: body.count / 4 / count))
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
