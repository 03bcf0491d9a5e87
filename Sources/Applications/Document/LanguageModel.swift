extension Application {
  /// A language model served by our engine, and the requests it gets.
  package struct LanguageModel: Hashable, Sendable {
    /// A folder in Hugging Face's layout, or the name of a bundled model.
    package var model: String
    package var weights: Weights
    package var classes: [RequestClass]
    /// What the simulated world computes with; the other worlds measure.
    package var speed: Speed

    package init(
      model: String,
      weights: Weights = .int8,
      classes: [RequestClass],
      speed: Speed = Speed()
    ) {
      self.model = model
      self.weights = weights
      self.classes = classes
      self.speed = speed
    }

    /// How weights are kept in memory, in the words of `plimsoll serve --weights`.
    package enum Weights: String, Hashable, Sendable, CaseIterable {
      case float32, bfloat16, int8, int4
    }

    /// Requests of one kind: how long they are and what they were promised.
    ///
    /// A class is an operation of the service: calls name it as such.
    package struct RequestClass: Hashable, Sendable {
      package var name: OperationName
      package var promptTokens: TokenCount
      package var outputTokens: TokenCount
      /// The bounds that 95 % of the requests keep; nil promises nothing.
      package var timeToFirstToken: Duration?
      package var timePerOutputToken: Duration?

      package init(
        name: OperationName,
        promptTokens: TokenCount,
        outputTokens: TokenCount,
        timeToFirstToken: Duration? = nil,
        timePerOutputToken: Duration? = nil
      ) {
        self.name = name
        self.promptTokens = promptTokens
        self.outputTokens = outputTokens
        self.timeToFirstToken = timeToFirstToken
        self.timePerOutputToken = timePerOutputToken
      }
    }

    /// A number of tokens, log-normally distributed.
    package struct TokenCount: Hashable, Sendable {
      package var mean: Double
      package var variability: Double

      package init(mean: Double, variability: Double = 0) {
        self.mean = mean
        self.variability = variability
      }

      package var distribution: LogNormal { LogNormal(mean: mean, variability: variability) }
    }

    /// Tokens per second of one replica with the CPU that it requests.
    package struct Speed: Hashable, Sendable {
      /// Prompt tokens.
      package var prefill: Double
      /// Output tokens of one request that runs alone.
      package var decode: Double
      /// Requests that decode together.
      package var batch: Int

      package init(prefill: Double = 400, decode: Double = 60, batch: Int = 16) {
        self.prefill = prefill
        self.decode = decode
        self.batch = batch
      }
    }
  }
}
