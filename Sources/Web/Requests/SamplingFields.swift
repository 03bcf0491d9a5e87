import Inference
import OrderedJSON
import Scheduling

/// The fields that both completion routes share, checked.
struct SamplingFields {
  var sampling: SamplingParameters
  var choiceCount = 1
  var skipsSpecialTokens = true
  var stream = StreamOptions()
  /// Whether choices list their token ids, an extension that vLLM introduced.
  var wantsTokenIDs = false
  /// Seconds the client is willing to wait, from the extension field `timeout`.
  var timeout: Duration?
  /// The class of service, by one of our names or OpenAI's.
  var serviceTier: String?
  /// vLLM's: lower goes first.
  var priority = 0
  /// Whether united experts may serve the request, from the extension field `quality`; as its class says if nil.
  var quality: Quality?

  /// What the client asked of a streamed answer.
  struct StreamOptions: Hashable {
    var isOn = false
    var includesUsage = false
    /// Running usage on every chunk, an extension that vLLM introduced.
    var includesContinuousUsage = false
  }

  /// What one request may ask for.
  struct Bounds {
    let vocabularyCount: Int
    /// Whether `bench_output_length` means something; otherwise it is an unknown field.
    var allowsReplayedLengths = false
    static let choiceCount = 128
    static let stopStringCount = 64
    static let stopStringLength = 1_024
    static let chatLogprobCount = 20
    static let completionLogprobCount = 20
  }
}

extension RequestFields {
  /// Reads every sampling field; what the client leaves out comes from `defaults`.
  mutating func samplingFields(
    defaults: SamplingParameters,
    bounds: SamplingFields.Bounds
  ) throws(APIFault) -> SamplingFields {
    var fields = SamplingFields(sampling: defaults)
    try readDistribution(into: &fields.sampling)
    try readPenalties(into: &fields.sampling)
    try readEnd(into: &fields.sampling, bounds: bounds)
    if let bias = try logitBias(bounds: bounds) { fields.sampling.logitBias = bias }
    fields.choiceCount = try choiceCount(isGreedy: fields.sampling.temperature == 0)
    fields.skipsSpecialTokens = try bool("skip_special_tokens") ?? true
    fields.stream = try streamOptions()
    fields.wantsTokenIDs = try bool("return_token_ids") ?? false
    if let name = try string("quality") {
      guard let quality = Quality(rawValue: name) else {
        throw .invalidField("quality", problem: "must be 'full' or 'adaptive'")
      }
      fields.quality = quality
    }
    if let seconds = try number("timeout", in: 0...86_400, excludingZero: true) {
      fields.timeout = .seconds(seconds)
    }
    fields.serviceTier = try string("service_tier")
    fields.priority = try integer("priority", in: Int(Int32.min)...Int(Int32.max)) ?? 0
    ignore("user", "metadata", "store", "safety_identifier", "prompt_cache_key")
    return fields
  }

  private mutating func readDistribution(
    into sampling: inout SamplingParameters
  ) throws(APIFault) {
    if let value = try number("temperature", in: 0...2) { sampling.temperature = Float(value) }
    if let value = try number("top_p", in: 0...1, excludingZero: true) {
      sampling.topP = Float(value)
    }
    if let value = try number("min_p", in: 0...1) { sampling.minP = Float(value) }
    // -1 and 0 both mean "all tokens" to clients of other servers.
    if let value = try integer("top_k", in: -1...Int(Int32.max)) {
      sampling.topK = value > 0 ? value : nil
    }
    if let seed = try integer("seed", in: Int.min...Int.max) {
      sampling.seed = UInt64(bitPattern: Int64(seed))
    }
  }

  private mutating func readPenalties(into sampling: inout SamplingParameters) throws(APIFault) {
    if let value = try number("presence_penalty", in: -2...2) {
      sampling.presencePenalty = Float(value)
    }
    if let value = try number("frequency_penalty", in: -2...2) {
      sampling.frequencyPenalty = Float(value)
    }
    if let value = try number("repetition_penalty", in: 0...10, excludingZero: true) {
      sampling.repetitionPenalty = Float(value)
    }
  }

  private mutating func readEnd(
    into sampling: inout SamplingParameters,
    bounds: SamplingFields.Bounds
  ) throws(APIFault) {
    let maxTokens = try integer("max_tokens", in: 1...Int(Int32.max))
    sampling.maxTokens = try integer("max_completion_tokens", in: 1...Int(Int32.max)) ?? maxTokens
    sampling.minTokens = try integer("min_tokens", in: 0...Int(Int32.max)) ?? 0
    if let maxTokens = sampling.maxTokens, sampling.minTokens > maxTokens {
      throw .invalidField(
        "min_tokens",
        problem: "must be at most 'max_tokens' (\(maxTokens)), but is \(sampling.minTokens)"
      )
    }
    try readReplayedLength(into: &sampling, bounds: bounds)
    sampling.ignoresEndOfText = try bool("ignore_eos") ?? false
    sampling.stop = try stopStrings()
    sampling.stopTokenIDs = try tokenIDs("stop_token_ids", bounds: bounds)
    sampling.includesStopInOutput = try bool("include_stop_str_in_output") ?? false
  }

  /// The length of a recorded answer, an extension for load tests that the server must be told to allow.
  private mutating func readReplayedLength(
    into sampling: inout SamplingParameters,
    bounds: SamplingFields.Bounds
  ) throws(APIFault) {
    let range = 1...(sampling.maxTokens ?? Int(Int32.max))
    guard bounds.allowsReplayedLengths, let length = try integer("bench_output_length", in: range)
    else { return }
    sampling.replay(length: length)
  }

  private mutating func stopStrings() throws(APIFault) -> [String] {
    guard let value = value("stop") else { return [] }
    let elements = value.stringValue.map { [JSON.string($0)] } ?? value.arrayValue
    guard let elements else {
      throw .wrongKind("stop", expected: "a string or an array of strings", found: value)
    }
    guard elements.count <= SamplingFields.Bounds.stopStringCount else {
      throw .invalidField(
        "stop",
        problem: "may hold at most \(SamplingFields.Bounds.stopStringCount) strings,"
          + " but holds \(elements.count)"
      )
    }
    var strings: [String] = []
    for (index, element) in elements.enumerated() {
      guard let string = element.stringValue else {
        throw .wrongKind("stop[\(index)]", expected: "a string", found: element)
      }
      guard (1...SamplingFields.Bounds.stopStringLength).contains(string.utf8.count) else {
        throw .invalidField(
          "stop[\(index)]",
          problem: "must have between 1 and \(SamplingFields.Bounds.stopStringLength) bytes,"
            + " but has \(string.utf8.count)"
        )
      }
      strings.append(string)
    }
    return strings
  }

  mutating func tokenIDs(
    _ name: String,
    bounds: SamplingFields.Bounds
  ) throws(APIFault) -> [Int32] {
    guard let elements = try array(name) else { return [] }
    return try PromptInput.tokenIDs(elements, name: name, vocabularyCount: bounds.vocabularyCount)
  }

  private mutating func logitBias(
    bounds: SamplingFields.Bounds
  ) throws(APIFault) -> [Int32: Float]? {
    guard let members = try object("logit_bias") else { return nil }
    var bias: [Int32: Float] = [:]
    for (key, value) in members {
      guard let id = Int32(key), (0..<bounds.vocabularyCount).contains(Int(id)) else {
        throw .invalidField(
          "logit_bias",
          problem: "must have token ids between 0 and \(bounds.vocabularyCount - 1) as keys,"
            + " but has '\(key.prefix(40))'"
        )
      }
      guard let number = value.doubleValue, (-100...100).contains(number) else {
        throw .invalidField(
          "logit_bias.\(key)",
          problem: "must be a number between -100 and 100, but is \(value.text.prefix(40))"
        )
      }
      bias[id] = Float(number)
    }
    return bias
  }

  private mutating func choiceCount(isGreedy: Bool) throws(APIFault) -> Int {
    let count = try integer("n", in: 1...SamplingFields.Bounds.choiceCount) ?? 1
    if let best = try integer("best_of", in: 1...SamplingFields.Bounds.choiceCount), best != count {
      throw .unsupportedField("best_of", reason: "is supported only when it equals 'n'")
    }
    return count
  }

  private mutating func streamOptions() throws(APIFault) -> SamplingFields.StreamOptions {
    var options = SamplingFields.StreamOptions()
    options.isOn = try bool("stream") ?? false
    guard let value = value("stream_options") else { return options }
    guard options.isOn else {
      throw .invalidField("stream_options", problem: "is allowed only with 'stream': true")
    }
    guard value.objectValue != nil else {
      throw .wrongKind("stream_options", expected: "an object", found: value)
    }
    var members = try RequestFields(value)
    do {
      options.includesUsage = try members.bool("include_usage") ?? false
      options.includesContinuousUsage = try members.bool("continuous_usage_stats") ?? false
    } catch { throw error.nested(in: "stream_options") }
    return options
  }
}

extension APIFault {
  /// The same fault with its field's name below `parent`.
  func nested(in parent: String) -> APIFault {
    switch self {
    case .missingField(let name): .missingField("\(parent).\(name)")
    case .invalidField(let name, let problem): .invalidField("\(parent).\(name)", problem: problem)
    case .unsupportedField(let name, let reason):
      .unsupportedField("\(parent).\(name)", reason: reason)
    default: self
    }
  }
}
