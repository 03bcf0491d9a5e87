extension PreTokenizer {
  /// GPT-2's pattern, which `ByteLevel` with `use_regex` splits by.
  private static let byteLevelExpression =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// The steps of a tokenizer.json `pre_tokenizer`.
  static func steps(_ field: TokenizerField) throws(TokenizerError) -> [PreTokenizer] {
    switch try field.type() {
    case "Sequence":
      try field.allowOnly(["type", "pretokenizers"])
      var steps: [PreTokenizer] = []
      for part in try field.required("pretokenizers").array() {
        steps.append(contentsOf: try Self.steps(part))
      }
      return steps
    case "Split": return [try split(field)]
    case "ByteLevel": return try byteLevel(field)
    case "Metaspace": return [.metaspace(try Metaspace(field))]
    case "Digits":
      try field.allowOnly(["type", "individual_digits"])
      let isIndividual = try field.bool("individual_digits", default: false)
      return [try split(#"\p{N}"#, isIndividual ? .isolated : .contiguous, field)]
    case "WhitespaceSplit":
      try field.allowOnly(["type"])
      return [try split(#"\s"#, .removed, field)]
    case "Whitespace":
      try field.allowOnly(["type"])
      return [try words(field)]
    case "Punctuation":
      try field.allowOnly(["type", "behavior"])
      let behavior = try field.optional("behavior").map(behavior) ?? .isolated
      return [try split(#"[\p{P}$+<=>^`|~]"#, behavior, field)]
    case let type: throw field.unsupported(type)
    }
  }

  private static func split(
    _ expression: String,
    _ behavior: SplitBehavior,
    _ field: TokenizerField
  ) throws(TokenizerError) -> PreTokenizer {
    do {
      return .split(try Pattern(expression), behavior, isInverted: false)
    } catch {
      throw .pattern(key: field.path, error: error)
    }
  }

  private static func split(_ field: TokenizerField) throws(TokenizerError) -> PreTokenizer {
    try field.allowOnly(["type", "pattern", "behavior", "invert"])
    return .split(
      try field.required("pattern").pattern(),
      try behavior(try field.required("behavior")),
      isInverted: try field.required("invert").bool()
    )
  }

  private static func behavior(_ field: TokenizerField) throws(TokenizerError) -> SplitBehavior {
    let name = try field.string()
    guard let behavior = SplitBehavior(rawValue: name) else { throw field.unsupported(name) }
    return behavior
  }

  private static func byteLevel(_ field: TokenizerField) throws(TokenizerError) -> [PreTokenizer] {
    try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    var steps: [PreTokenizer] = []
    if try field.required("add_prefix_space").bool() { steps.append(.prefixSpace) }
    if try field.bool("use_regex", default: true) {
      steps.append(try split(byteLevelExpression, .isolated, field))
    }
    return steps + [.byteAlphabet]
  }

  /// `\w+|[^\w\s]+` as Rust's regex crate reads it: joiners are word characters, Latin-1 fractions
  /// are not.
  private static func words(_ field: TokenizerField) throws(TokenizerError) -> PreTokenizer {
    var word = ScalarSet()
    word.insert(.word)
    word.insert(0x200C...0x200D)
    var other = word
    other.insert(.whitespace)
    other.negate()
    let oneOrMore = PatternNode.Repetition(minimum: 1, maximum: nil, kind: .greedy)
    do {
      let pattern = try Pattern(
        .alternation([.repetition(.set(word), oneOrMore), .repetition(.set(other), oneOrMore)])
      )
      return .split(pattern, .removed, isInverted: true)
    } catch {
      throw .pattern(key: field.path, error: error)
    }
  }
}

extension Metaspace {
  /// A tokenizer.json `Metaspace`, as pre-tokenizer or as decoder.
  init(_ field: TokenizerField) throws(TokenizerError) {
    try field.allowOnly([
      "type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep",
    ])
    let replacement = try field.required("replacement").scalar()
    self.replacement = Array(String(replacement).utf8)
    prependScheme = try Self.prependScheme(field)
    guard try field.bool("split", default: true) else {
      cut = nil
      return
    }
    do {
      cut = try Pattern(literal: String(replacement))
    } catch {
      throw .pattern(key: field.path, error: error)
    }
  }

  /// `prepend_scheme`, or what the older `add_prefix_space` means.
  private static func prependScheme(
    _ field: TokenizerField
  ) throws(TokenizerError) -> PrependScheme {
    var scheme = PrependScheme.always
    if let named = field.optional("prepend_scheme") {
      let name = try named.string()
      guard let known = PrependScheme(rawValue: name) else { throw named.unsupported(name) }
      scheme = known
    }
    guard try field.bool("add_prefix_space", default: true) else {
      guard scheme == .never || field.optional("prepend_scheme") == nil else {
        throw .invalid(
          key: field.path,
          reason: "has add_prefix_space and prepend_scheme that differ"
        )
      }
      return .never
    }
    return scheme
  }
}
