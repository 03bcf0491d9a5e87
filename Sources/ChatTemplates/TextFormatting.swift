import OrderedCollections

/// Python's `%` of a string: `%s`, `%r`, `%d`, `%i`, `%x`, `%f` with flags, width and precision, `%(name)s`.
enum PercentFormat {
  static func apply(
    _ format: Text,
    _ value: Value,
    in interpreter: Interpreter
  ) throws(Fault) -> Text {
    var positional: [Value] = [value]
    if case .tuple(let elements) = value { positional = elements.items }
    var rest = positional[...]
    var result = Text()
    var scalars = format.scalars[...]
    while let scalar = scalars.popFirst() {
      guard scalar == "%" else {
        result.scalars.append(scalar)
        continue
      }
      var argument: Value?
      if scalars.first == "(" {
        argument = try member(&scalars, of: value)
        rest = []
      }
      var field = FormatField()
      field.takeFlags(&scalars)
      field.takeWidthAndPrecision(&scalars)
      guard let conversion = scalars.popFirst() else { throw .failure("incomplete format") }
      if conversion == "%" {
        result.append("%")
        continue
      }
      guard let value = argument ?? rest.popFirst() else {
        throw .failure("not enough arguments for format string")
      }
      result.append(try field.converted(value, conversion))
      try interpreter.checkLength(result.count)
    }
    if !rest.isEmpty, rest.count > 1 || !isMapping(value) {
      throw .failure("not all arguments converted during string formatting")
    }
    return result
  }

  private static func isMapping(_ value: Value) -> Bool {
    switch value {
    case .dict, .list: true
    default: false
    }
  }

  private static func member(
    _ scalars: inout ArraySlice<Unicode.Scalar>,
    of value: Value
  ) throws(Fault) -> Value {
    guard let end = scalars.firstIndex(of: ")"), case .dict(let mapping) = value else {
      throw .failure("format requires a mapping")
    }
    let key = Text(scalars[(scalars.startIndex + 1)..<end])
    scalars = scalars[(end + 1)...]
    guard let member = mapping[.string(key)] else {
      throw .failure("no member \(String(key.represented)) to format")
    }
    return member
  }
}

/// How one field of a format is laid out.
struct FormatField {
  var isLeft = false
  private var fill: Unicode.Scalar = " "
  private var sign = ""
  private var width = 0
  private var precision: Int?

  mutating func takeFlags(_ scalars: inout ArraySlice<Unicode.Scalar>) {
    while let flag = scalars.first, "-0+ ".unicodeScalars.contains(flag) {
      switch flag {
      case "-": isLeft = true
      case "0": fill = "0"
      default: sign = String(flag)
      }
      scalars.removeFirst()
    }
  }

  mutating func takeWidthAndPrecision(_ scalars: inout ArraySlice<Unicode.Scalar>) {
    width = FormatField.takeNumber(&scalars) ?? 0
    guard scalars.first == "." else { return }
    scalars.removeFirst()
    precision = FormatField.takeNumber(&scalars) ?? 0
  }

  /// Reads digits; a number beyond a thousand is held there.
  private static func takeNumber(_ scalars: inout ArraySlice<Unicode.Scalar>) -> Int? {
    var number: Int?
    while let scalar = scalars.first, ("0"..."9").contains(scalar) {
      number = min(1_000, (number ?? 0) * 10 + Int(scalar.value - 48))
      scalars.removeFirst()
    }
    return number
  }

  func converted(_ value: Value, _ conversion: Unicode.Scalar) throws(Fault) -> Text {
    switch conversion {
    case "s": return padded(truncated(try value.printed()), fill: " ")
    case "r": return padded(truncated(try value.represented()), fill: " ")
    case "d", "i", "u": return padded(signed(Text(String(try integer(value)))), fill: fill)
    case "x": return padded(signed(Text(String(try integer(value), radix: 16))), fill: fill)
    case "f", "F":
      guard let number = value.doubleValue, let digits = number.fixed(precision ?? 6) else {
        throw .failure("%f needs a number of at most fifteen digits")
      }
      return padded(signed(Text(digits)), fill: fill)
    default: throw .failure("unsupported format character '\(conversion)'")
    }
  }

  private func integer(_ value: Value) throws(Fault) -> Int {
    guard let number = value.doubleValue,
      let integer = value.integerValue ?? Int(exactly: number.rounded(.towardZero))
    else { throw .failure("%d needs a number, not '\(value.typeName)'") }
    return integer
  }

  private func truncated(_ text: Text) -> Text {
    precision.map { Text(text.scalars.prefix($0)) } ?? text
  }

  private func signed(_ number: Text) -> Text {
    number.scalars.first == "-" ? number : Text(sign) + number
  }

  private func padded(_ text: Text, fill: Unicode.Scalar) -> Text {
    let padding = Text(repeatElement(fill, count: max(0, width - text.count)))
    if isLeft { return text + Text(repeatElement(" ", count: padding.count)) }
    guard fill == "0", let first = text.scalars.first, "+- ".unicodeScalars.contains(first) else {
      return padding + text
    }
    return Text([first]) + padding + Text(text.scalars.dropFirst())
  }
}

extension Double {
  /// This number with `digits` digits after the point, or nil if it has too many for that.
  func fixed(_ digits: Int) -> String? {
    guard let scaled = scaled(by: digits) else { return nil }
    let text = String(scaled.magnitude)
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    let number = digits == 0 ? padded : "\(padded.dropLast(digits)).\(padded.suffix(digits))"
    return sign == .minus ? "-" + number : number
  }

  /// This number rounded to `digits` decimal digits, ties to even, as Python's `round`.
  func rounded(toDigits digits: Int) -> Double {
    guard digits >= 0 else {
      let power = Double.powerOfTen(min(-digits, 22))
      return (self / power).rounded(.toNearestOrEven) * power
    }
    guard let scaled = scaled(by: digits) else { return self }
    let rounded = Double(scaled) / Double.powerOfTen(digits)
    return rounded == 0 ? Double(signOf: self, magnitudeOf: 0) : rounded
  }

  /// `self × 10^digits` rounded to an integer; nil beyond 2^53 or twenty-two digits.
  ///
  /// The residual of the product, exact by a fused multiply-add, decides what only looks like a tie.
  private func scaled(by digits: Int) -> Int? {
    guard (0...22).contains(digits) else { return nil }
    let power = Double.powerOfTen(digits)
    let product = self * power
    guard abs(product) < 0x1p53 else { return nil }
    let residual = (-product).addingProduct(self, power)
    let floor = product.rounded(.down)
    guard product - floor == 0.5, residual != 0 else {
      return Int(product.rounded(.toNearestOrEven))
    }
    return Int(residual > 0 ? floor + 1 : floor)
  }

  private static func powerOfTen(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
  }
}

/// `str.format`: `{}`, `{0}`, `{name}`, with attributes, items and simple format specifications.
enum BraceFormat {
  static func apply(
    _ format: Text,
    _ arguments: Arguments,
    in interpreter: Interpreter
  ) throws(Fault) -> Text {
    var result = Text()
    var scalars = format.scalars[...]
    var nextIndex = 0
    while let scalar = scalars.popFirst() {
      guard scalar == "{" || scalar == "}" else {
        result.scalars.append(scalar)
        continue
      }
      if scalars.first == scalar {
        scalars.removeFirst()
        result.scalars.append(scalar)
        continue
      }
      guard scalar == "{", let end = scalars.firstIndex(of: "}") else {
        throw .failure("a single '\(scalar)' stands in a format string")
      }
      let field = Text(scalars[..<end])
      scalars = scalars[(end + 1)...]
      result.append(try expanded(field, arguments, nextIndex: &nextIndex, in: interpreter))
      try interpreter.checkLength(result.count)
    }
    return result
  }

  private static func expanded(
    _ field: Text,
    _ arguments: Arguments,
    nextIndex: inout Int,
    in interpreter: Interpreter
  ) throws(Fault) -> Text {
    let specificationStart = field.firstIndex(of: ":") ?? field.count
    let path = Text(field.scalars[..<specificationStart])
    guard !path.scalars.contains(where: { "!.[".unicodeScalars.contains($0) }) else {
      throw .failure("format fields with '!', '.' or '[' are not supported")
    }
    var value: Value?
    if path.isEmpty {
      value = arguments.positional.dropFirst(nextIndex).first
      nextIndex += 1
    } else if let index = Int(String(path)) {
      value = arguments.positional.dropFirst(max(0, index)).first
    } else {
      value = arguments.named[.string(path)]
    }
    guard let value else { throw .failure("no argument for the format field '\(String(path))'") }
    let specification = field.scalars.dropFirst(specificationStart + 1)
    guard !specification.isEmpty else { return try value.printed() }
    return try formatted(value, specification)
  }

  /// `[0][width][.precision][d|f|s]`; numbers are right-aligned, texts left-aligned.
  private static func formatted(
    _ value: Value,
    _ specification: ArraySlice<Unicode.Scalar>
  ) throws(Fault) -> Text {
    var rest = specification
    var field = FormatField()
    if case .string = value { field.isLeft = true }
    field.takeFlags(&rest)
    field.takeWidthAndPrecision(&rest)
    let isText = value.doubleValue == nil
    let conversion = rest.popFirst() ?? (value.integerValue != nil ? "d" : "s")
    guard rest.isEmpty, "dfsx".unicodeScalars.contains(conversion), isText == (conversion == "s")
    else { throw .failure("unsupported format specification") }
    return try field.converted(value, conversion)
  }
}
