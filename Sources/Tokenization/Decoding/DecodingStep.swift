/// One step from tokens back to text, as a machine that is fed token by token.
///
/// A step gives out what no later token can change and keeps the rest, so that a whole text and a
/// stream take the same path and cannot differ. Before a step that fuses, each array of bytes is
/// one token's text; after it, the arrays are consecutive parts of one text.
enum DecodingStep: Sendable {
  case replace(Pattern, with: [UInt8])
  case byteFallback(ByteRun)
  case byteLevel(UTF8Repair)
  case metaspace(Metaspace, isFirst: Bool)
  case stripToken(StripRule)
  case stripText(TextStrip)
  /// Without a decoder the tokenizers package puts a space between tokens.
  case join(isFirst: Bool)

  /// Takes one token and appends to `output` what is certain now.
  mutating func push(_ token: [UInt8], into output: inout [[UInt8]]) {
    switch self {
    case .replace(let pattern, let replacement):
      output.append(pattern.replace(in: token, with: replacement))
    case .byteFallback(var run):
      run.push(token, into: &output)
      self = .byteFallback(run)
    case .byteLevel(var repair):
      repair.push(ByteAlphabet.bytes(of: token) ?? token, into: &output)
      self = .byteLevel(repair)
    case .metaspace(let metaspace, let isFirst):
      output.append(metaspace.decode(token, isFirst: isFirst))
      self = .metaspace(metaspace, isFirst: false)
    case .stripToken(let rule): output.append(rule.apply(to: token))
    case .stripText(var strip):
      strip.push(token, into: &output)
      self = .stripText(strip)
    case .join(let isFirst):
      output.append(isFirst ? token : [UInt8(ascii: " ")] + token)
      self = .join(isFirst: false)
    }
  }

  /// Appends what was kept, as nothing follows.
  mutating func finish(into output: inout [[UInt8]]) {
    switch self {
    case .byteFallback(var run):
      run.finish(into: &output)
      self = .byteFallback(run)
    case .byteLevel(var repair):
      repair.finish(into: &output)
      self = .byteLevel(repair)
    case .stripText(var strip):
      strip.finish(into: &output)
      self = .stripText(strip)
    case .replace, .metaspace, .stripToken, .join: break
    }
  }
}

extension [DecodingStep] {
  /// Feeds a token through all steps.
  mutating func push(_ token: [UInt8]) -> [UInt8] {
    run([token], from: 0)
  }

  /// Ends the text: each step gives out what it kept, through the steps behind it.
  mutating func finish() -> [UInt8] {
    var output: [UInt8] = []
    for index in indices {
      var kept: [[UInt8]] = []
      self[index].finish(into: &kept)
      output.append(contentsOf: run(kept, from: index + 1))
    }
    return output
  }

  private mutating func run(_ tokens: [[UInt8]], from start: Int) -> [UInt8] {
    var tokens = tokens
    var index = start
    while index < count, !tokens.isEmpty {
      var output: [[UInt8]] = []
      for token in tokens { self[index].push(token, into: &output) }
      tokens = output
      index += 1
    }
    var text: [UInt8] = []
    for token in tokens { text += token }
    return text
  }
}

extension Metaspace {
  /// A token's text: the replacement is a space, or nothing in the first token if one was put
  /// there.
  func decode(_ token: [UInt8], isFirst: Bool) -> [UInt8] {
    let dropsReplacement = isFirst && prependScheme != .never
    var output: [UInt8] = []
    var index = 0
    while index < token.count {
      if token[index...].starts(with: replacement) {
        if !dropsReplacement { output.append(UInt8(ascii: " ")) }
        index += replacement.count
      } else {
        output.append(token[index])
        index += 1
      }
    }
    return output
  }
}

/// How many of one character are taken off the start and the end of a token.
struct StripRule: Sendable {
  let content: [UInt8]
  let start: Int
  let stop: Int

  func apply(to token: [UInt8]) -> [UInt8] {
    var rest = token[...]
    var cut = 0
    while cut < start, rest.starts(with: content) {
      rest.removeFirst(content.count)
      cut += 1
    }
    cut = 0
    while cut < stop, rest.count >= content.count, rest.suffix(content.count) == content[...] {
      rest.removeLast(content.count)
      cut += 1
    }
    return Array(rest)
  }
}

/// ``StripRule`` over a whole text that arrives in parts.
struct TextStrip: Sendable {
  let rule: StripRule
  private var cut = 0
  private var isInside = false
  /// Characters at the end that are cut if nothing else follows.
  private var heldBack: [UInt8] = []

  init(_ rule: StripRule) {
    self.rule = rule
  }

  mutating func push(_ part: [UInt8], into output: inout [[UInt8]]) {
    var text = part[...]
    while !isInside, cut < rule.start, text.starts(with: rule.content) {
      text.removeFirst(rule.content.count)
      cut += 1
    }
    guard !text.isEmpty else { return }
    isInside = true
    text = (heldBack + text)[...]
    let certain = StripRule(content: rule.content, start: 0, stop: rule.stop).apply(to: Array(text))
    heldBack = Array(text.dropFirst(certain.count))
    output.append(certain)
  }

  mutating func finish(into output: inout [[UInt8]]) {
    heldBack = []
  }
}
