import Inference
import Scheduling

/// Prompts as tokens, with everything the engine must know to answer them.
struct AnswerPlan {
  let prompts: [[Int32]]
  let sampling: SamplingParameters
  let choiceCount: Int
  let deadline: ContinuousClock.Instant?
  let skipsSpecialTokens: Bool
  private let order: ServiceOrder
  let quality: Quality?

  /// Checks that each prompt and its answer fit the model's context.
  ///
  /// Where the request does not say how long an answer may be, it is `defaultMaxTokens`, or all the room.
  init(
    prompts: [[Int32]],
    fields: SamplingFields,
    order: ServiceOrder,
    deadline: ContinuousClock.Instant?,
    maximumModelLength: Int,
    defaultMaxTokens: Int? = nil
  ) throws(APIFault) {
    for prompt in prompts {
      let room = maximumModelLength - prompt.count
      guard !prompt.isEmpty else { throw .invalidField("prompt", problem: "has no tokens") }
      guard room > 0 else {
        throw .promptTooLong(
          promptTokens: prompt.count,
          maximumModelLength: maximumModelLength
        )
      }
      if let maxTokens = fields.sampling.maxTokens, maxTokens > room {
        throw .completionTooLong(
          promptTokens: prompt.count,
          maxTokens: maxTokens,
          maximumModelLength: maximumModelLength
        )
      }
    }
    self.prompts = prompts
    var sampling = fields.sampling
    sampling.maxTokens = sampling.maxTokens ?? defaultMaxTokens
    self.sampling = sampling
    self.maximumModelLength = maximumModelLength
    choiceCount = fields.choiceCount
    self.deadline = deadline
    skipsSpecialTokens = fields.skipsSpecialTokens
    self.order = order
    quality = fields.quality
  }

  private let maximumModelLength: Int

  /// Starts every prompt in its place; as many places as prompts.
  func start(in places: [any AdmittedPlace]) throws -> [AsyncStream<GenerationEvent>] {
    precondition(places.count == prompts.count, "\(places.count) places, \(prompts.count) prompts")
    return try zip(prompts, places).map { prompt, place in
      var sampling = sampling
      let room = maximumModelLength - prompt.count
      sampling.maxTokens = min(sampling.maxTokens ?? room, room)
      var request = GenerationRequest(
        prompt: prompt,
        choiceCount: choiceCount,
        sampling: sampling,
        deadline: deadline,
        skipsSpecialTokens: skipsSpecialTokens,
        quality: quality
      )
      request.serviceClass = order.serviceClass
      request.priority = order.priority
      request.tenant = order.tenant
      return try place.generate(request)
    }
  }
}
