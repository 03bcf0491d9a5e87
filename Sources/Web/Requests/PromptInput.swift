import OrderedJSON

/// One prompt as the client sent it.
enum PromptInput: Hashable, Sendable {
  case text(String)
  case tokens([Int32])

  /// How many tokens it has, without making any.
  var tokenCountEstimate: Int {
    switch self {
    case .text(let text): (text.utf8.count + 3) / 4
    case .tokens(let ids): ids.count
    }
  }

  /// How many prompts one request may carry.
  static let maximumCount = 1_024

  /// Reads the four shapes of `prompt`: a string, strings, token ids, or lists of token ids.
  static func prompts(
    _ value: JSON,
    name: String = "prompt",
    vocabularyCount: Int
  ) throws(APIFault) -> [PromptInput] {
    if let text = value.stringValue { return [.text(text)] }
    guard let elements = value.arrayValue else {
      throw .wrongKind(
        name,
        expected: "a string, an array of strings, an array of token ids or an array of such arrays",
        found: value
      )
    }
    guard let first = elements.first else {
      throw .invalidField(name, problem: "must not be an empty array")
    }
    if first.integerValue != nil {
      let ids = try tokenIDs(elements, name: name, vocabularyCount: vocabularyCount)
      return [.tokens(ids)]
    }
    guard elements.count <= maximumCount else {
      throw .invalidField(
        name,
        problem: "may hold at most \(maximumCount) prompts, but holds \(elements.count)"
      )
    }
    return try elements.enumerated().map { (index, element) throws(APIFault) in
      try prompt(element, name: "\(name)[\(index)]", vocabularyCount: vocabularyCount)
    }
  }

  private static func prompt(
    _ value: JSON,
    name: String,
    vocabularyCount: Int
  ) throws(APIFault) -> PromptInput {
    if let text = value.stringValue { return .text(text) }
    guard let elements = value.arrayValue else {
      throw .wrongKind(name, expected: "a string or an array of token ids", found: value)
    }
    guard !elements.isEmpty else {
      throw .invalidField(name, problem: "must not be an empty array")
    }
    return .tokens(try tokenIDs(elements, name: name, vocabularyCount: vocabularyCount))
  }

  /// Token ids, each checked against the vocabulary.
  static func tokenIDs(
    _ elements: [JSON],
    name: String,
    vocabularyCount: Int
  ) throws(APIFault) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(elements.count)
    for (index, element) in elements.enumerated() {
      guard let id = element.integerValue else {
        throw .wrongKind("\(name)[\(index)]", expected: "a token id", found: element)
      }
      guard (0..<vocabularyCount).contains(id), let id = Int32(exactly: id) else {
        throw .invalidField(
          "\(name)[\(index)]",
          problem: "must be a token id between 0 and \(vocabularyCount - 1), but is \(id)"
        )
      }
      ids.append(id)
    }
    return ids
  }
}
