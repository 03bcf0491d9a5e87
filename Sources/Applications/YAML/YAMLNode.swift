/// A YAML value that knows where it stands; JSON is YAML, so this is for both.
package struct YAMLNode: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    case scalar(Scalar)
    case list([YAMLNode])
    case map([Member])
  }

  package struct Member: Hashable, Sendable {
    package var key: String
    package var keyMark: Mark
    package var value: YAMLNode
  }

  /// A place in the text, counted from one.
  package struct Mark: Hashable, Sendable {
    package var line: Int
    package var column: Int

    package static let none = Mark(line: 1, column: 1)
  }

  package var content: Content
  package var mark: Mark

  package init(_ content: Content, at mark: Mark = .none) {
    self.content = content
    self.mark = mark
  }

  /// The member's value; nil if this is no map or has no such key.
  package subscript(key: String) -> YAMLNode? {
    guard case .map(let members) = content else { return nil }
    return members.first { $0.key == key }?.value
  }

  package var elements: [YAMLNode] {
    if case .list(let elements) = content { elements } else { [] }
  }

  package var members: [Member] {
    if case .map(let members) = content { members } else { [] }
  }

  package var scalar: Scalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  /// What this is, in the words of an error message.
  package var kind: String {
    switch content {
    case .scalar(let scalar): scalar.kind
    case .list: "a list"
    case .map: "a map"
    }
  }
}

extension YAMLNode {
  /// A scalar as written; what it is follows from YAML's core schema unless it is quoted.
  package struct Scalar: Hashable, Sendable {
    package var text: String
    package var isQuoted: Bool

    package init(_ text: String, isQuoted: Bool = false) {
      self.text = text
      self.isQuoted = isQuoted
    }

    /// The words that YAML 1.1 readers, Kubernetes' among them, take for a boolean.
    private static let booleans: Set<String> = [
      "true", "false", "yes", "no", "on", "off", "y", "n",
    ]

    package var isNull: Bool { !isQuoted && ["", "~", "null", "Null", "NULL"].contains(text) }
    package var isBoolean: Bool { !isQuoted && Self.booleans.contains(text.lowercased()) }
    package var isText: Bool { isQuoted || !(isNull || isBoolean || number != nil) }

    /// The number; nil for a text that is quoted or is none.
    package var number: Double? {
      guard !isQuoted, let first = text.unicodeScalars.first,
        ("0"..."9").contains(first) || "+-.".unicodeScalars.contains(first),
        text.unicodeScalars.allSatisfy({ "0123456789+-.eE".unicodeScalars.contains($0) })
      else { return nil }
      return Double(text)
    }

    package var kind: String {
      if isNull {
        "nothing"
      } else if isText {
        "a text"
      } else if isBoolean {
        "a boolean"
      } else {
        "a number"
      }
    }
  }
}
