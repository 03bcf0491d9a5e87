import Foundation
import OrderedJSON
import Testing

@testable import Tokenization

/// The files in `Fixtures`, made by `tools/goldens/make_tokenizers.py`.
enum Fixture {
  /// One tokenizer of each kind; the README says which model families use which.
  static let kinds = [
    "gpt2", "smollm2", "llama3", "qwen2", "olmoe", "o200k", "cl100k", "llama2", "mistral",
    "metaspace", "words",
  ]

  static func json(_ name: String) throws -> JSON {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let data = try Data(contentsOf: folder.appending(path: "\(name).json"))
    return try JSON(parsing: [UInt8](data))
  }

  static func tokenizer(_ kind: String) throws -> Tokenizer {
    try Tokenizer(json: try json("\(kind).tokenizer"))
  }

  static func recipe() throws -> StringRecipe {
    try StringRecipe(try json("recipe"))
  }
}
