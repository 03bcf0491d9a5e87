import Inference
import OrderedJSON
import Scheduling
import Synchronization

@testable import Web

/// A model that answers with its own prompt: one token per byte, then end of text.
///
/// Choice `c` starts its echo `c` bytes into the prompt. It honours `max_tokens`, `ignore_eos`, `min_tokens`,
/// stop strings, log probabilities, deadlines and places, so the routes meet what a real engine does.
final class EchoGenerator: TextGenerator {
  struct Options: Sendable {
    var maximumModelLength = 512
    var placeCount = 8
    /// Whether answers wait for ``EchoGenerator/release()``.
    var isGated = false
    /// Makes every answer fail after its first token.
    var fails = false
    /// The class whose promise cannot be kept.
    var overloadedClass: String?
    var health = EngineHealth.idle
  }

  private struct State {
    var takenPlaces = 0
    var estimates: [Int] = []
    var betterEstimates: [Int] = []
    var requests: [GenerationRequest] = []
    var waiting: [@Sendable () -> Void] = []
  }

  let options: Options
  private let state = Mutex(State())
  /// One element for each stream whose reader went away before its end.
  let cancellations: AsyncStream<Void>
  private let cancelled: AsyncStream<Void>.Continuation
  /// One element for each request that has started.
  let starts: AsyncStream<Void>
  private let started: AsyncStream<Void>.Continuation

  init(_ options: Options = Options()) {
    self.options = options
    (cancellations, cancelled) = AsyncStream.makeStream()
    (starts, started) = AsyncStream.makeStream()
  }

  var takenPlaces: Int { state.withLock { $0.takenPlaces } }
  var estimates: [Int] { state.withLock { $0.estimates } }
  /// Those that came with the class.
  var betterEstimates: [Int] { state.withLock { $0.betterEstimates } }
  var requests: [GenerationRequest] { state.withLock { $0.requests } }

  /// Lets every waiting answer go on.
  func release() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for answer in waiting { answer() }
  }

  // MARK: TextGenerator

  static let endOfText: Int32 = 256
  static let beginningOfText: Int32 = 257

  var maximumModelLength: Int { options.maximumModelLength }
  var vocabularyCount: Int { 258 }
  var longestTokenByteCount: Int { 1 }
  var samplingDefaults: SamplingParameters { SamplingParameters() }
  var health: EngineHealth { options.health }
  var serviceClasses: ServiceClassTable { .usual }

  func encode(_ text: String, addsSpecialTokens: Bool) -> [Int32] {
    (addsSpecialTokens ? [Self.beginningOfText] : []) + text.utf8.map(Int32.init)
  }

  func decode(_ tokens: [Int32], skipsSpecialTokens: Bool) -> String {
    String(decoding: tokens.flatMap(bytes(of:)), as: UTF8.self)
  }

  func bytes(of token: Int32) -> [UInt8] { UInt8(exactly: token).map { [$0] } ?? [] }

  func render(_ chat: ChatPrompt) throws -> String {
    if chat.variables["refuse"] != nil { throw TemplateRefusal() }
    let lines = chat.messages.map { message in
      "\(message["role"]?.stringValue ?? ""): \(message["content"]?.stringValue ?? "")"
    }
    return lines.joined(separator: "\n") + (chat.addsGenerationPrompt ? "\nassistant:" : "")
  }

  struct TemplateRefusal: Error, CustomStringConvertible {
    let description = "roles must alternate"
  }

  func reserve(promptTokenEstimate: Int) -> PlaceAnswer {
    let isFree = state.withLock { state in
      guard state.takenPlaces < options.placeCount else { return false }
      state.takenPlaces += 1
      state.estimates.append(promptTokenEstimate)
      return true
    }
    return isFree ? .admitted(Place(generator: self)) : .refused(retryAfter: .seconds(3))
  }

  private final class Place: AdmittedPlace {
    let generator: EchoGenerator

    init(generator: EchoGenerator) { self.generator = generator }

    deinit { generator.state.withLock { $0.takenPlaces -= 1 } }

    func classify(as serviceClass: ServiceClass, promptTokenEstimate: Int?) -> Duration? {
      if let promptTokenEstimate {
        generator.state.withLock { $0.betterEstimates.append(promptTokenEstimate) }
      }
      return generator.options.overloadedClass == serviceClass.name ? .seconds(7) : nil
    }

    func generate(_ request: GenerationRequest) throws -> AsyncStream<GenerationEvent> {
      generator.generate(request, in: self)
    }
  }

  // MARK: Generation

  private func generate(
    _ request: GenerationRequest,
    in place: Place
  ) -> AsyncStream<GenerationEvent> {
    let (events, continuation) = AsyncStream.makeStream(of: GenerationEvent.self)
    continuation.onTermination = { [cancelled] termination in
      // Keeps the place until the answer is over.
      withExtendedLifetime(place) {}
      if case .cancelled = termination { cancelled.yield() }
    }
    let answer: @Sendable () -> Void = { [self] in
      for event in self.events(request) { continuation.yield(event) }
      continuation.finish()
    }
    state.withLock { $0.requests.append(request) }
    if options.isGated { state.withLock { $0.waiting.append(answer) } } else { answer() }
    started.yield()
    return events
  }

  private func events(_ request: GenerationRequest) -> [GenerationEvent] {
    if let deadline = request.deadline, deadline <= .now { return [.failed(.deadlinePassed)] }
    var events: [GenerationEvent] = []
    var completionTokens = 0
    for choice in 0..<request.choiceCount {
      var echo = Echo(request: request, choice: choice, generator: self)
      events += options.fails ? Array(echo.run().prefix(1)) : echo.run()
      completionTokens += echo.tokenCount
    }
    if options.fails { return events + [.failed(.engineStopped)] }
    return events + [
      .usage(Usage(promptTokens: request.prompt.count, completionTokens: completionTokens))
    ]
  }
}

/// One choice of an echoed answer.
private struct Echo {
  let request: GenerationRequest
  let choice: Int
  let generator: EchoGenerator
  private(set) var tokenCount = 0
  private var held: [UInt8] = []
  private var pending: [GeneratedToken] = []

  init(request: GenerationRequest, choice: Int, generator: EchoGenerator) {
    self.request = request
    self.choice = choice
    self.generator = generator
  }

  /// Events up to and including the choice's end.
  ///
  /// A stop string is looked for in the whole text so far, and
  /// what might begin one is held back until the next token decides.
  mutating func run() -> [GenerationEvent] {
    var events: [GenerationEvent] = []
    let limit = request.sampling.maxTokens ?? 16
    let script = request.prompt.dropFirst(choice % request.prompt.count)
    while tokenCount < limit {
      let ends = tokenCount >= script.count
      if ends, !request.sampling.ignoresEndOfText, tokenCount >= request.sampling.minTokens {
        tokenCount += 1
        return events + [flush(), .finished(choice: choice, reason: .stop)]
      }
      let id = script[script.startIndex + tokenCount % script.count]
      tokenCount += 1
      pending.append(describe(id))
      held += generator.bytes(of: id)
      if let stop = request.sampling.stop.first(where: { endsHeld(with: $0) }) {
        if !request.sampling.includesStopInOutput { held.removeLast(stop.utf8.count) }
        return events + [flush(), .finished(choice: choice, reason: .stop)]
      }
      if String(validating: held, as: UTF8.self) != nil, !mayBeginStop() { events.append(flush()) }
    }
    return events + [flush(), .finished(choice: choice, reason: .length)]
  }

  private func endsHeld(with stop: String) -> Bool {
    held.count >= stop.utf8.count && held.suffix(stop.utf8.count).elementsEqual(stop.utf8)
  }

  private func mayBeginStop() -> Bool {
    request.sampling.stop.contains { stop in
      (1...max(1, stop.utf8.count)).contains { length in
        held.count >= length && held.suffix(length).elementsEqual(stop.utf8.prefix(length))
      }
    }
  }

  private mutating func flush() -> GenerationEvent {
    defer { (held, pending) = ([], []) }
    return .text(choice: choice, text: String(decoding: held, as: UTF8.self), tokens: pending)
  }

  private func describe(_ id: Int32) -> GeneratedToken {
    guard let count = request.sampling.logprobCount else { return GeneratedToken(id: id) }
    let alternatives = (0..<Int32(count)).map { rank in
      TokenLogprob(id: (id + rank) % 256, logprob: -0.5 - Float(rank))
    }
    return GeneratedToken(id: id, logprob: -0.5, topLogprobs: alternatives)
  }
}
