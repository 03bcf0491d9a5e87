import OrderedCollections

/// The methods of `str`: one line each.
enum TextMethods {
  typealias Method = @Sendable (Interpreter, Text, Arguments) throws(Fault) -> Value

  static let table: [String: Method] = [
    "capitalize": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .string(text.capitalized())
    },
    "lower": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .string(text.lowercased())
    },
    "title": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .string(text.titlecased())
    },
    "upper": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .string(text.uppercased())
    },
    "strip": { (_, text, arguments) throws(Fault) in try strip(text, arguments) },
    "lstrip": { (_, text, arguments) throws(Fault) in try strip(text, arguments, trailing: false) },
    "rstrip": { (_, text, arguments) throws(Fault) in try strip(text, arguments, leading: false) },
    "startswith": { (_, text, arguments) throws(Fault) in
      try affix(text, arguments) { $0.hasPrefix($1) }
    },
    "endswith": { (_, text, arguments) throws(Fault) in
      try affix(text, arguments) { $0.hasSuffix($1) }
    },
    "removeprefix": { (_, text, arguments) throws(Fault) in
      let prefix = try argument(arguments)
      return .string(text.hasPrefix(prefix) ? Text(text.scalars.dropFirst(prefix.count)) : text)
    },
    "removesuffix": { (_, text, arguments) throws(Fault) in
      let suffix = try argument(arguments)
      return .string(text.hasSuffix(suffix) ? Text(text.scalars.dropLast(suffix.count)) : text)
    },
    "split": split,
    "rsplit": splitFromRight,
    "splitlines": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .list(text.lines.map { .string($0) })
    },
    "partition": { (_, text, arguments) throws(Fault) in
      try partition(text, arguments, fromRight: false)
    },
    "rpartition": { (_, text, arguments) throws(Fault) in
      try partition(text, arguments, fromRight: true)
    },
    "replace": replace,
    "join": { (interpreter, text, arguments) throws(Fault) in
      try join(interpreter, text, arguments)
    },
    "format": { (interpreter, text, arguments) throws(Fault) in
      .string(try BraceFormat.apply(text, arguments, in: interpreter))
    },
    "find": { (_, text, arguments) throws(Fault) in
      let (needle, range) = try search(text, arguments)
      return .integer(text.firstIndex(of: needle, in: range) ?? -1)
    },
    "rfind": { (_, text, arguments) throws(Fault) in
      let (needle, range) = try search(text, arguments)
      return .integer(text.lastIndex(of: needle, in: range) ?? -1)
    },
    "index": { (_, text, arguments) throws(Fault) in
      let (needle, range) = try search(text, arguments)
      guard let index = text.firstIndex(of: needle, in: range) else {
        throw .failure("substring not found")
      }
      return .integer(index)
    },
    "count": { (_, text, arguments) throws(Fault) in try count(text, arguments) },
    "isdigit": { (_, text, arguments) throws(Fault) in
      try all(text, arguments) { $0.properties.numericType.map { $0 != .numeric } ?? false }
    },
    "isnumeric": { (_, text, arguments) throws(Fault) in
      try all(text, arguments) { $0.properties.numericType != nil }
    },
    "isalpha": { (_, text, arguments) throws(Fault) in try all(text, arguments) { $0.isLetter } },
    "isalnum": { (_, text, arguments) throws(Fault) in
      try all(text, arguments) { $0.isLetter || $0.properties.numericType != nil }
    },
    "isspace": { (_, text, arguments) throws(Fault) in
      try all(text, arguments) { $0.isPythonSpace }
    },
    "isupper": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .bool(text == text.uppercased() && text.scalars.contains { $0.properties.isCased })
    },
    "islower": { (_, text, arguments) throws(Fault) in
      try arguments.requireNone()
      return .bool(text == text.lowercased() && text.scalars.contains { $0.properties.isCased })
    },
  ]

  /// The one text that a method takes.
  private static func argument(_ arguments: Arguments) throws(Fault) -> Text {
    guard arguments.named.isEmpty, let value = try arguments.bound(to: ["text"])[0] else {
      throw .failure("one argument is needed")
    }
    return try value.requireText()
  }

  private static func strip(
    _ text: Text,
    _ arguments: Arguments,
    leading: Bool = true,
    trailing: Bool = true
  ) throws(Fault) -> Value {
    let characters = try arguments.bound(to: ["chars"])[0]
    guard let characters, !characters.isNone else {
      return .string(text.trimmed(leading: leading, trailing: trailing))
    }
    let set = Set(try characters.requireText().scalars)
    return .string(text.trimmed(leading: leading, trailing: trailing) { set.contains($0) })
  }

  private static func affix(
    _ text: Text,
    _ arguments: Arguments,
    matches: (Text, Text) -> Bool
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["affix", "start", "end"])
    guard let affix = values[0] else { throw .failure("one argument is needed") }
    let range = try bounds(of: text, values[1], values[2])
    let part = Text(text.scalars[range])
    guard case .tuple(let affixes) = affix else {
      return .bool(matches(part, try affix.requireText()))
    }
    for affix in affixes.items where matches(part, try affix.requireText()) { return .bool(true) }
    return .bool(false)
  }

  /// The range between two optional indices, negative ones counted from the end.
  private static func bounds(
    of text: Text,
    _ start: Value?,
    _ end: Value?
  ) throws(Fault) -> Range<Int> {
    func position(_ value: Value?, or missing: Int) throws(Fault) -> Int {
      guard let value, !value.isNone else { return missing }
      let index = try value.requireInteger()
      return max(0, min(text.count, index < 0 ? index + text.count : index))
    }
    let lower = try position(start, or: 0)
    return lower..<max(lower, try position(end, or: text.count))
  }

  private static func search(
    _ text: Text,
    _ arguments: Arguments
  ) throws(Fault) -> (needle: Text, range: Range<Int>) {
    let values = try arguments.bound(to: ["sub", "start", "end"])
    guard let needle = values[0] else { throw .failure("one argument is needed") }
    return (try needle.requireText(), try bounds(of: text, values[1], values[2]))
  }

  private static func count(_ text: Text, _ arguments: Arguments) throws(Fault) -> Value {
    let (needle, range) = try search(text, arguments)
    guard !needle.isEmpty else { return .integer(range.count + 1) }
    var count = 0
    var start = range.lowerBound
    while let match = text.firstIndex(of: needle, in: start..<range.upperBound) {
      count += 1
      start = match + needle.count
    }
    return .integer(count)
  }

  private static func all(
    _ text: Text,
    _ arguments: Arguments,
    satisfy isMember: (Unicode.Scalar) -> Bool
  ) throws(Fault) -> Value {
    try arguments.requireNone()
    return .bool(!text.isEmpty && text.scalars.allSatisfy(isMember))
  }

  @Sendable private static func replace(
    _ interpreter: Interpreter,
    _ text: Text,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let values = try arguments.bound(to: ["old", "new", "count"])
    guard let old = values[0], let new = values[1] else {
      throw .failure("two arguments are needed")
    }
    let limit = try values[2]?.requireInteger()
    return .string(
      try text.replacing(
        try old.requireText(),
        with: try new.requireText(),
        limit: limit,
        in: interpreter
      )
    )
  }

  private static func join(
    _ interpreter: Interpreter,
    _ separator: Text,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    guard let value = try arguments.bound(to: ["iterable"])[0] else {
      throw .failure("one argument is needed")
    }
    var result = Text()
    for (index, element) in try value.elements().enumerated() {
      if index > 0 { result.append(separator) }
      result.append(try element.requireText())
      try interpreter.checkLength(result.count)
    }
    return .string(result)
  }

  // MARK: Splitting

  @Sendable private static func split(
    _ interpreter: Interpreter,
    _ text: Text,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let (separator, limit) = try splitArguments(arguments)
    return .list(text.split(separator: separator, limit: limit).map { .string($0) })
  }

  @Sendable private static func splitFromRight(
    _ interpreter: Interpreter,
    _ text: Text,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let (separator, limit) = try splitArguments(arguments)
    let reversed = Text(text.scalars.reversed())
      .split(separator: separator.map { Text($0.scalars.reversed()) }, limit: limit)
    return .list(reversed.reversed().map { .string(Text($0.scalars.reversed())) })
  }

  private static func splitArguments(
    _ arguments: Arguments
  ) throws(Fault) -> (separator: Text?, limit: Int?) {
    let values = try arguments.bound(to: ["sep", "maxsplit"])
    var separator: Text?
    if let value = values[0], !value.isNone { separator = try value.requireText() }
    guard separator?.isEmpty != true else { throw .failure("empty separator") }
    let limit = try values[1]?.requireInteger()
    return (separator, limit.flatMap { $0 < 0 ? nil : $0 })
  }

  private static func partition(
    _ text: Text,
    _ arguments: Arguments,
    fromRight: Bool
  ) throws(Fault) -> Value {
    let separator = try argument(arguments)
    guard !separator.isEmpty else { throw .failure("empty separator") }
    let match =
      fromRight
      ? text.lastIndex(of: separator, in: 0..<text.count) : text.firstIndex(of: separator)
    guard let match else {
      return .tuple(
        fromRight
          ? [.string(""), .string(""), .string(text)] : [.string(text), .string(""), .string("")]
      )
    }
    return .tuple([
      .string(Text(text.scalars[..<match])), .string(separator),
      .string(Text(text.scalars[(match + separator.count)...])),
    ])
  }
}

extension Unicode.Scalar {
  fileprivate var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}

extension Text {
  /// The parts between separators, or between runs of white space when nil.
  fileprivate func split(separator: Text?, limit: Int?) -> [Text] {
    guard let separator else { return splitAtSpace(limit: limit) }
    var parts: [Text] = []
    var start = 0
    while limit.map({ parts.count < $0 }) ?? true,
      let match = firstIndex(of: separator, from: start)
    {
      parts.append(Text(scalars[start..<match]))
      start = match + separator.count
    }
    return parts + [Text(scalars[start...])]
  }

  private func splitAtSpace(limit: Int?) -> [Text] {
    var parts: [Text] = []
    var rest = scalars.drop(while: \.isPythonSpace)
    while !rest.isEmpty {
      guard limit.map({ parts.count < $0 }) ?? true else {
        parts.append(Text(rest))
        break
      }
      let word = rest.prefix { !$0.isPythonSpace }
      parts.append(Text(word))
      rest = rest.dropFirst(word.count).drop(while: \.isPythonSpace)
    }
    return parts
  }

  /// ``replacing(_:with:limit:)`` after a check of the length it leads to.
  func replacing(
    _ old: Text,
    with new: Text,
    limit: Int?,
    in interpreter: Interpreter
  ) throws(Fault) -> Text {
    let limit = limit.flatMap { $0 < 0 ? nil : $0 }
    let matchCount = Swift.min(limit ?? .max, count / Swift.max(1, old.count) + 1)
    let (growth, overflow) = matchCount.multipliedReportingOverflow(by: new.count)
    let isGrowing = new.count > old.count
    if isGrowing {
      let occurrences = old.isEmpty ? matchCount : Swift.min(matchCount, occurrenceCount(of: old))
      let exact = occurrences.multipliedReportingOverflow(by: new.count)
      try interpreter.checkLength(
        overflow || exact.overflow ? .max : Swift.min(growth, exact.partialValue)
      )
    }
    return replacing(old, with: new, limit: limit)
  }

  private func occurrenceCount(of needle: Text) -> Int {
    var count = 0
    var start = 0
    while let match = firstIndex(of: needle, from: start) {
      count += 1
      start = match + needle.count
    }
    return count
  }
}
