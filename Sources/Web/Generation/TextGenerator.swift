package import Inference
package import OrderedJSON
package import Scheduling

/// What the routes need of a model that is loaded: text to tokens and back, chats to text, and answers.
///
/// The engine is one implementation; the tests have a small deterministic one of their own.
package protocol TextGenerator: Sendable {
  /// Prompt and answer together, in tokens.
  var maximumModelLength: Int { get }
  var vocabularyCount: Int { get }
  /// The most bytes of text that one token stands for, at least 1.
  var longestTokenByteCount: Int { get }
  /// What the model's own files say about sampling, for what a request leaves out.
  var samplingDefaults: SamplingParameters { get }

  func encode(_ text: String, addsSpecialTokens: Bool) -> [Int32]
  func decode(_ tokens: [Int32], skipsSpecialTokens: Bool) -> String
  /// The bytes a token stands for; part of a character for some.
  func bytes(of token: Int32) -> [UInt8]

  /// A chat as the one text that the model was trained to continue.
  /// - Throws: an error with a `description` for the client when the template refuses the messages.
  func render(_ chat: ChatPrompt) throws -> String

  /// Takes a place in the queue, or says when to come back.
  ///
  /// Cheap and atomic, as it comes before any other work; the estimate is of the prompt tokens to follow.
  func reserve(promptTokenEstimate: Int) -> PlaceAnswer

  /// The classes of service that requests may name.
  var serviceClasses: ServiceClassTable { get }

  /// Whether the engine makes progress; answers at once even while it computes.
  var health: EngineHealth { get }
}

/// A chat to be rendered.
package struct ChatPrompt: Sendable {
  /// Objects with `role` and `content`, the content a string.
  package var messages: [JSON]
  package var addsGenerationPrompt: Bool
  package var continuesFinalMessage: Bool
  package var variables: JSON.Object
}

/// The answer to a request for a place.
package enum PlaceAnswer: Sendable {
  case admitted(any AdmittedPlace)
  case refused(retryAfter: Duration)
  /// No place will be free any more: the engine is draining.
  case draining
}

/// A place in the queue; dropping it frees it.
package protocol AdmittedPlace: Sendable {
  /// Counts the request to its class, or says when to come back as the class's promise cannot be kept now.
  ///
  /// The estimate is nil where no better one is known than that of the reservation.
  func classify(as serviceClass: ServiceClass, promptTokenEstimate: Int?) -> Duration?

  /// Starts an answer in this place, which is free again when the stream ends or its reader goes away.
  /// - Throws: when the engine refuses the request, before anything is generated.
  func generate(_ request: GenerationRequest) throws -> AsyncStream<GenerationEvent>
}
