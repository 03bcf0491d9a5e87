/// What a model's author recommends for sampling: `generation_config.json`; nil where it is silent.
package struct GenerationDefaults: Sendable, Hashable {
  /// Tokens that end a text: this file's, otherwise those of `config.json`.
  package var endOfTextIDs: [Int32]
  /// Zero where the file asks for greedy decoding.
  package var temperature: Double?
  package var topK: Int?
  package var topP: Double?
  package var minP: Double?
  package var repetitionPenalty: Double?

  init(
    _ reader: ConfigurationReader?,
    configuration: ModelConfiguration
  ) throws(ModelError) {
    endOfTextIDs =
      try reader?.tokenIDs("eos_token_id", below: configuration.vocabularyCount)
      ?? configuration.endOfTextIDs
    guard let reader else { return }
    func number(_ key: String, _ range: ClosedRange<Double>) throws(ModelError) -> Double? {
      reader[key] == nil ? nil : try reader.number(key, in: range)
    }
    temperature = try number("temperature", 0...100)
    topK = reader["top_k"] == nil ? nil : try reader.integer("top_k", in: -1...Int(Int32.max))
    topP = try number("top_p", 0...1)
    minP = try number("min_p", 0...1)
    repetitionPenalty = try number("repetition_penalty", 0.01...100)
    if try !reader.bool("do_sample", default: true) { temperature = 0 }
  }
}
