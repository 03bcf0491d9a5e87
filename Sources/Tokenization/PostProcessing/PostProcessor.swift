/// What is put around the tokens of a text when special tokens are asked for.
struct PostProcessor: Sendable {
  private var prefix: [Int32] = []
  private var suffix: [Int32] = []

  /// Adds nothing.
  init() {}

  /// Whether every token that is added has an id below `count`.
  func staysBelow(_ count: Int) -> Bool {
    (prefix + suffix).allSatisfy { $0 < count }
  }

  func apply(to ids: [Int32]) -> [Int32] {
    prefix + ids + suffix
  }
}

extension PostProcessor {
  /// A tokenizer.json `post_processor`: at most one template; `ByteLevel` only concerns offsets.
  init(_ field: TokenizerField) throws(TokenizerError) {
    var templates: [TokenizerField] = []
    try Self.collectTemplates(field, into: &templates)
    guard templates.count <= 1 else {
      throw .invalid(key: field.path, reason: "has more than one TemplateProcessing")
    }
    if let template = templates.first { try readTemplate(template) }
  }

  private static func collectTemplates(
    _ field: TokenizerField,
    into templates: inout [TokenizerField]
  ) throws(TokenizerError) {
    switch try field.type() {
    case "Sequence":
      try field.allowOnly(["type", "processors"])
      for part in try field.required("processors").array() {
        try collectTemplates(part, into: &templates)
      }
    case "ByteLevel":
      try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    case "TemplateProcessing": templates.append(field)
    case let type: throw field.unsupported(type)
    }
  }

  /// The template for a single text; the one for pairs is not used in text generation.
  private mutating func readTemplate(_ field: TokenizerField) throws(TokenizerError) {
    try field.allowOnly(["type", "single", "pair", "special_tokens"])
    let specialTokens = field.optional("special_tokens")
    var hasText = false
    for piece in try field.required("single").array() {
      try piece.allowOnly(["SpecialToken", "Sequence"])
      if let sequence = piece.optional("Sequence") {
        guard try sequence.required("id").string() == "A", !hasText else {
          throw .invalid(key: sequence.path, reason: "must be the one text, 'A'")
        }
        hasText = true
        continue
      }
      let ids = try Self.ids(of: try piece.required("SpecialToken"), in: specialTokens)
      if hasText { suffix += ids } else { prefix += ids }
    }
    guard hasText else { throw .invalid(key: "\(field.path).single", reason: "has no text in it") }
  }

  private static func ids(
    of piece: TokenizerField,
    in specialTokens: TokenizerField?
  ) throws(TokenizerError) -> [Int32] {
    let name = try piece.required("id")
    guard let token = specialTokens?.optional(try name.string()) else {
      throw .invalid(key: name.path, reason: "is not among the template's special_tokens")
    }
    var ids: [Int32] = []
    for id in try token.required("ids").array() { ids.append(Int32(try id.count())) }
    return ids
  }
}
