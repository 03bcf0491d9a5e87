import Inference
import OrderedJSON

/// The body of `POST /v1/completions`, checked.
struct CompletionRequest {
  let prompts: [PromptInput]
  let fields: SamplingFields
  /// Whether each answer starts with its prompt.
  let echoesPrompt: Bool
  let addsSpecialTokens: Bool
  let unknownNames: [String]

  /// OpenAI's default for this route, where chat takes all the room there is.
  var defaultMaxTokens: Int { max(16, fields.sampling.minTokens) }

  init(
    _ reader: consuming RequestFields,
    defaults: SamplingParameters,
    bounds: SamplingFields.Bounds
  ) throws(APIFault) {
    var reader = reader
    reader.ignore("model")
    try reader.refuseUnimplementedFields()
    try reader.refuseUnimplementedCompletionFields()
    guard let prompt = reader.value("prompt") else { throw .missingField("prompt") }
    prompts = try PromptInput.prompts(prompt, vocabularyCount: bounds.vocabularyCount)
    var fields = try reader.samplingFields(defaults: defaults, bounds: bounds)
    fields.sampling.logprobCount = try reader.integer(
      "logprobs",
      in: 0...SamplingFields.Bounds.completionLogprobCount
    )
    echoesPrompt = try reader.bool("echo") ?? false
    if echoesPrompt, fields.sampling.logprobCount != nil {
      throw .unsupportedField("echo", reason: "together with 'logprobs' is not supported")
    }
    addsSpecialTokens = try reader.bool("add_special_tokens") ?? true
    self.fields = fields
    unknownNames = reader.unknownNames
  }
}
