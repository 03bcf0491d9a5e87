/// Finds added tokens in text: leftmost first and, of those at one place, the longest.
///
/// A trie over bytes; equal to the Aho-Corasick automaton of the tokenizers package in
/// leftmost-longest mode.
struct AddedTokenMatcher: Sendable {
  private var tokens: [AddedToken] = []
  /// Children by node and byte; the root is node zero.
  private var children: [Edge: Int32] = [:]
  /// The token that ends at each node, as an index into `tokens`.
  private var tokenAtNode: [Int32?] = [nil]
  private var firstBytes = [Bool](repeating: false, count: 256)

  private struct Edge: Hashable {
    let node: Int32
    let byte: UInt8
  }

  /// A stretch of text: an added token, or text between such with nil.
  struct Section {
    let range: Range<Int>
    let token: AddedToken?
  }

  /// Adds a token that is found as `pattern`; of equal patterns the last one counts.
  mutating func insert(_ token: AddedToken, pattern: [UInt8]) {
    guard let first = pattern.first else { return }
    firstBytes[Int(first)] = true
    var node: Int32 = 0
    for byte in pattern {
      let edge = Edge(node: node, byte: byte)
      if let child = children[edge] {
        node = child
      } else {
        node = Int32(tokenAtNode.count)
        children[edge] = node
        tokenAtNode.append(nil)
      }
    }
    tokenAtNode[Int(node)] = Int32(tokens.count)
    tokens.append(token)
  }

  /// The text as added tokens and what lies between them.
  ///
  /// As in the tokenizers package, a token that its `single_word` rules out still hides others that
  /// it overlaps.
  func sections(of text: [UInt8]) -> [Section] {
    var sections: [Section] = []
    var sectionStart = 0
    var position = 0
    while let (match, token) = nextMatch(in: text, from: position) {
      position = match.upperBound
      guard !token.isSingleWord || standsAlone(match, in: text) else { continue }
      var (start, end) = (match.lowerBound, match.upperBound)
      if token.stripsLeft { start = max(skipWhitespace(before: start, in: text), sectionStart) }
      if token.stripsRight { end = skipWhitespace(after: end, in: text) }
      if sectionStart < start { sections.append(Section(range: sectionStart..<start, token: nil)) }
      sections.append(Section(range: start..<end, token: token))
      sectionStart = end
    }
    if sectionStart < text.count {
      sections.append(Section(range: sectionStart..<text.count, token: nil))
    }
    return sections
  }

  private func nextMatch(in text: [UInt8], from start: Int) -> (Range<Int>, AddedToken)? {
    guard !tokens.isEmpty else { return nil }
    for position in start..<text.count where firstBytes[Int(text[position])] {
      if let match = longestMatch(in: text, at: position) { return match }
    }
    return nil
  }

  private func longestMatch(in text: [UInt8], at start: Int) -> (Range<Int>, AddedToken)? {
    var longest: (Range<Int>, AddedToken)?
    var node: Int32 = 0
    var position = start
    while position < text.count,
      let child = children[Edge(node: node, byte: text[position])]
    {
      node = child
      position += 1
      if let token = tokenAtNode[Int(node)] { longest = (start..<position, tokens[Int(token)]) }
    }
    return longest
  }

  private func standsAlone(_ match: Range<Int>, in text: [UInt8]) -> Bool {
    let before = match.lowerBound > 0 ? text.index(beforeScalarAt: match.lowerBound) : nil
    if let before, isWord(text.scalar(at: before).value) { return false }
    return match.upperBound == text.count || !isWord(text.scalar(at: match.upperBound).value)
  }

  private func isWord(_ value: UInt32) -> Bool {
    ScalarProperties(value: value).contains(.word) || value == 0x200C || value == 0x200D
  }

  private func skipWhitespace(before index: Int, in text: [UInt8]) -> Int {
    var index = index
    while index > 0 {
      let previous = text.index(beforeScalarAt: index)
      guard isWhitespace(text.scalar(at: previous).value) else { break }
      index = previous
    }
    return index
  }

  private func skipWhitespace(after index: Int, in text: [UInt8]) -> Int {
    var index = index
    while index < text.count {
      let (value, length) = text.scalar(at: index)
      guard isWhitespace(value) else { break }
      index += length
    }
    return index
  }

  private func isWhitespace(_ value: UInt32) -> Bool {
    ScalarProperties(value: value).contains(.whitespace)
  }
}
