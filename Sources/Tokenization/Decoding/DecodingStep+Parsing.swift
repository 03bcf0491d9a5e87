extension DecodingStep {
  /// The steps of a tokenizer.json `decoder`; nil stands for none.
  static func steps(_ field: TokenizerField?) throws(TokenizerError) -> [DecodingStep] {
    guard let field else { return [.join(isFirst: true)] }
    var steps: [DecodingStep] = []
    var isFused = false
    try append(field, to: &steps, &isFused)
    return steps
  }

  private static func append(
    _ field: TokenizerField,
    to steps: inout [DecodingStep],
    _ isFused: inout Bool
  ) throws(TokenizerError) {
    switch try field.type() {
    case "Sequence":
      try field.allowOnly(["type", "decoders"])
      for part in try field.required("decoders").array() { try append(part, to: &steps, &isFused) }
    case "Fuse":
      try field.allowOnly(["type"])
      isFused = true
    case "Strip":
      let rule = try StripRule(field)
      steps.append(isFused ? .stripText(TextStrip(rule)) : .stripToken(rule))
    case let type:
      guard !isFused else {
        throw .unsupported(
          key: field.path,
          value: "a '\(type)' behind a decoder that fuses the tokens"
        )
      }
      steps.append(try step(type, field))
      if type == "ByteLevel" { isFused = true }
    }
  }

  private static func step(
    _ type: String,
    _ field: TokenizerField
  ) throws(TokenizerError) -> DecodingStep {
    switch type {
    case "ByteLevel":
      try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      return .byteLevel(UTF8Repair())
    case "ByteFallback":
      try field.allowOnly(["type"])
      return .byteFallback(ByteRun())
    case "Metaspace": return .metaspace(try Metaspace(field), isFirst: true)
    case "Replace":
      try field.allowOnly(["type", "pattern", "content"])
      let content = Array(try field.required("content").string().utf8)
      return .replace(try field.required("pattern").pattern(), with: content)
    default: throw field.unsupported(type)
    }
  }
}

extension StripRule {
  /// A tokenizer.json `Strip` decoder.
  init(_ field: TokenizerField) throws(TokenizerError) {
    try field.allowOnly(["type", "content", "start", "stop"])
    content = Array(String(try field.required("content").scalar()).utf8)
    start = try field.required("start").count()
    stop = try field.required("stop").count()
  }
}

extension [DecodingStep] {
  /// The bytes that a token stands for in the middle of a text.
  func bytes(of token: [UInt8]) -> [UInt8] {
    var bytes = token
    for step in self {
      switch step {
      case .replace(let pattern, let replacement):
        bytes = pattern.replace(in: bytes, with: replacement)
      case .byteFallback: if let byte = ByteRun.byte(of: bytes) { return [byte] }
      case .byteLevel: bytes = ByteAlphabet.bytes(of: bytes) ?? bytes
      case .metaspace(let metaspace, _): bytes = metaspace.decode(bytes, isFirst: false)
      case .stripToken(let rule): bytes = rule.apply(to: bytes)
      case .stripText, .join: break
      }
    }
    return bytes
  }
}
