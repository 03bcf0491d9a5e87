package import OrderedJSON

/// A Hugging Face model folder, opened and checked, its weights memory-mapped.
///
/// Opening reads the JSON files and the weight files' headers, which takes milliseconds.
package struct ModelFolder: Sendable {
  package let path: String
  package var configuration: ModelConfiguration
  package let generationDefaults: GenerationDefaults
  var tensors: TensorIndex

  /// Opens the folder at `path` and checks that every tensor of the model is there, in its shape and a
  /// type that can be computed with.
  package init(path: String) throws(ModelError) {
    self.path = path
    configuration = try ModelConfiguration(ConfigurationReader(path: path + "/config.json"))
    let generation = path + "/generation_config.json"
    generationDefaults = try GenerationDefaults(
      MappedFile.exists(generation) ? ConfigurationReader(path: generation) : nil,
      configuration: configuration
    )
    tensors = try TensorIndex(folder: path)
    try checkTensors()
  }

  /// Throws unless every tensor of the model can be used.
  func checkTensors() throws(ModelError) {
    for id in configuration.moduleIDs {
      for part in configuration.blueprint(id)?.parts ?? [] {
        for requirement in part.tensors { _ = try tensors.tensor(requirement) }
      }
    }
  }

  /// Where the weight files lie.
  var weightPaths: [String] { tensors.paths }

  /// A JSON file of the folder, such as `tokenizer.json`; nil if there is none.
  package func json(_ name: String) throws(ModelError) -> JSON? {
    let file = path + "/" + name
    return MappedFile.exists(file) ? try MappedFile.json(at: file) : nil
  }

  /// A text file of the folder, such as `chat_template.jinja`; nil if there is none.
  package func text(_ name: String) throws(ModelError) -> String? {
    let file = path + "/" + name
    guard MappedFile.exists(file) else { return nil }
    guard let text = String(validating: try MappedFile.text(at: file), as: UTF8.self) else {
      throw .notUTF8(path: file)
    }
    return text
  }
}
