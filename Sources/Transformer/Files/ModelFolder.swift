package import OrderedJSON

/// A Hugging Face model folder, opened and checked; weights are mapped, not read.
package struct ModelFolder: Sendable {
  package let path: String
  package let configuration: ModelConfiguration
  package let generationDefaults: GenerationDefaults
  package let weights: WeightFiles

  /// Opens the folder at `path`.
  package init(path: String) throws(ModelError) {
    guard FileReader.exists(path) else {
      throw .notAModelFolder(path: path, reason: "there is nothing there")
    }
    guard FileReader.exists("\(path)/config.json") else {
      throw .notAModelFolder(path: path, reason: "it has no config.json")
    }
    self.path = path
    configuration = try ModelConfiguration(json: FileReader.json(at: "\(path)/config.json"))
    let generationPath = "\(path)/generation_config.json"
    let generation =
      FileReader.exists(generationPath) ? try FileReader.json(at: generationPath) : nil
    generationDefaults = try GenerationDefaults(
      json: generation ?? [:],
      configuration: configuration
    )
    weights = try WeightFiles(folder: path)
  }

  /// A JSON file of the folder, such as `tokenizer.json`; nil if there is none.
  package func json(_ name: String) throws(ModelError) -> JSON? {
    let file = "\(path)/\(name)"
    return FileReader.exists(file) ? try FileReader.json(at: file) : nil
  }

  /// A text file of the folder, such as `chat_template.jinja`; nil if there is none.
  package func text(_ name: String) throws(ModelError) -> String? {
    let file = "\(path)/\(name)"
    guard FileReader.exists(file) else { return nil }
    guard let text = String(validating: try FileReader.bytes(at: file), as: UTF8.self) else {
      throw .malformed(path: file, reason: "it is not UTF-8")
    }
    return text
  }
}

/// What `generation_config.json` sets; nil where it is silent.
package struct GenerationDefaults: Hashable, Sendable {
  /// Tokens that end a text: this file's, otherwise `config.json`'s.
  package var endOfTextIDs: [Int32]
  package var temperature: Double?
  package var topK: Int?
  package var topP: Double?
  package var minP: Double?
  package var repetitionPenalty: Double?

  init(json: JSON, configuration: ModelConfiguration) throws(ModelError) {
    let settings = SettingsReader(settings: json)
    let identifiers = try settings.integers(
      "eos_token_id",
      in: 0...(configuration.vocabularyCount - 1)
    )
    endOfTextIDs = identifiers.isEmpty ? configuration.endOfTextIDs : identifiers.map(Int32.init)
    temperature = settings.value("temperature")?.doubleValue
    topK = try settings.optionalInteger("top_k", in: 0...SettingsLimits.vocabulary)
    topP = try settings.optionalPositiveNumber("top_p")
    minP = settings.value("min_p")?.doubleValue
    repetitionPenalty = try settings.optionalPositiveNumber("repetition_penalty")
  }
}
