/// Holds a document to its description and collects everything that is wrong.
struct ShapeCheck {
  private(set) var problems: [Problem] = []

  mutating func check(_ node: YAMLNode, _ shape: Shape, at path: YAMLPath) {
    switch shape {
    case .object(let name): check(node, ApplicationShape.definition(name), at: path)
    case .variant(let names): check(node, variants: names, at: path)
    case .list(let element, let minimumCount):
      check(list: node, of: element, atLeast: minimumCount, at: path)
    case .texts: check(texts: node, at: path)
    case .text, .integer, .number, .quantity, .choice: check(scalar: node, shape, at: path)
    }
  }

  private mutating func check(_ node: YAMLNode, _ object: ObjectShape, at path: YAMLPath) {
    guard case .map(let members) = node.content else {
      return report(node.mark, path, "expected a map (\(object.meaning)), found \(node.kind)")
    }
    for member in members {
      if let property = object[member.key] {
        check(member.value, property.shape, at: path[member.key])
      } else if !object.isOpen {
        let hint = didYouMean(member.key, among: object.properties.map(\.key))
        report(member.keyMark, path[member.key], "unknown key \"\(member.key)\"\(hint)")
      }
    }
    for property in object.properties where property.isRequired && node[property.key] == nil {
      report(node.mark, path, "\"\(property.key)\" is missing: \(property.meaning)")
    }
    let excluded = members.filter { object.exclusive.contains($0.key) }
    if excluded.count > 1 {
      let keys = excluded.map { "\"\($0.key)\"" }.joined(separator: " and ")
      report(excluded[1].keyMark, path, "\(keys) exclude each other")
    }
  }

  private mutating func check(_ node: YAMLNode, variants names: [String], at path: YAMLPath) {
    let shapes = names.map(ApplicationShape.definition)
    let distinguishing = shapes.map { $0.properties[0].key }
    guard case .map = node.content else {
      let keys = distinguishing.map { "\"\($0)\"" }.joined(separator: ", ")
      return report(node.mark, path, "expected a map with one of \(keys), found \(node.kind)")
    }
    let chosen = shapes.first { node[$0.properties[0].key] != nil }
    // Without any of the keys the first variant says best what is missing.
    check(node, chosen ?? shapes[0], at: path)
  }

  private mutating func check(
    list node: YAMLNode,
    of element: Shape,
    atLeast minimumCount: Int,
    at path: YAMLPath
  ) {
    guard case .list(let elements) = node.content else {
      return report(node.mark, path, "expected a list (\"- …\"), found \(node.kind)")
    }
    if elements.count < minimumCount {
      report(node.mark, path, "needs at least \(minimumCount) element")
    }
    for (index, value) in elements.enumerated() { check(value, element, at: path[index]) }
  }

  private mutating func check(texts node: YAMLNode, at path: YAMLPath) {
    guard case .map(let members) = node.content else {
      return report(node.mark, path, "expected a map from names to texts, found \(node.kind)")
    }
    for member in members { check(scalar: member.value, .text(.any), at: path[member.key]) }
  }

  private mutating func check(scalar node: YAMLNode, _ shape: Shape, at path: YAMLPath) {
    guard let scalar = node.scalar else {
      return report(node.mark, path, "expected \(shape.expectation), found \(node.kind)")
    }
    guard !shape.accepts(scalar) else { return }
    report(node.mark, path, complaint(about: scalar, shape))
  }

  private func complaint(about scalar: YAMLNode.Scalar, _ shape: Shape) -> String {
    let shown = scalar.isNull ? "nothing" : "\"\(scalar.text.prefix(60))\""
    switch shape {
    case .text where !scalar.isText && !scalar.isNull:
      return "\(shown) is read as \(scalar.kind); write it in quotes"
    case .choice(let words):
      let list = words.joined(separator: ", ")
      return "\(shown) is not \(words.count == 1 ? list : "one of \(list)")"
        + didYouMean(scalar.text, among: words)
    case .quantity(.duration) where scalar.number != nil:
      return "\(shown) has no unit: expected \(shape.expectation)"
    default:
      return "expected \(shape.expectation), found \(shown)"
    }
  }

  private mutating func report(_ mark: YAMLNode.Mark, _ path: YAMLPath, _ message: String) {
    problems.append(Problem(severity: .error, mark: mark, path: path, message: message))
  }
}

extension Shape {
  /// What is expected, in the words of an error message.
  fileprivate var expectation: String {
    switch self {
    case .text(let rule): rule.expectation
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let rule): rule.expectation
    case .quantity(let rule): rule.expectation
    case .choice(let words): "one of \(words.joined(separator: ", "))"
    case .list: "a list"
    case .texts, .object, .variant: "a map"
    }
  }

  fileprivate func accepts(_ scalar: YAMLNode.Scalar) -> Bool {
    switch self {
    case .text(let rule): scalar.isText && rule.accepts(scalar.text)
    case .integer(let range):
      scalar.number.flatMap { Int(exactly: $0) }.map(range.contains) ?? false
    case .number(let rule): scalar.number.map(rule.accepts) ?? false
    case .quantity(let rule):
      rule.accepts(scalar.text) && (scalar.isText || rule.allowsNumber && scalar.number != nil)
    case .choice(let words): words.contains(scalar.text)
    case .list, .texts, .object, .variant: false
    }
  }
}
