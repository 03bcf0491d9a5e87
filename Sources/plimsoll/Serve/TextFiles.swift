import ChatTemplates
import OrderedJSON
import Tokenization
import Transformer

/// What a model folder says about text: its tokenizer, its chat template and the tokens the template names.
struct TextFiles: Sendable {
  let tokenizer: Tokenizer
  /// Nil for models that only complete text.
  let chatTemplate: ChatTemplate?
  let specialTokens: [String: String]

  init(_ folder: ModelFolder) throws {
    guard let json = try folder.json("tokenizer.json") else {
      throw CommandFailure.unreadableFile(
        path: "\(folder.path)/tokenizer.json",
        reason: "there is none"
      )
    }
    tokenizer = try Tokenizer(json: json)
    let settings = try folder.json("tokenizer_config.json") ?? [:]
    let source = try folder.text("chat_template.jinja") ?? Self.template(in: settings)
    chatTemplate = try source.map { try ChatTemplate($0) }
    specialTokens = Self.specialTokens(in: settings)
  }

  /// `chat_template` is one template, or several by name of which one is the default.
  private static func template(in settings: JSON) -> String? {
    if let text = settings["chat_template"]?.stringValue { return text }
    let named = settings["chat_template"]?.arrayValue?.first {
      $0["name"]?.stringValue == "default"
    }
    return named?["template"]?.stringValue
  }

  /// A special token is written as text, or as an object whose `content` is the text.
  private static func specialTokens(in settings: JSON) -> [String: String] {
    var tokens: [String: String] = [:]
    for name in ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token"] {
      tokens[name] = settings[name]?.stringValue ?? settings[name]?["content"]?.stringValue
    }
    return tokens
  }
}
