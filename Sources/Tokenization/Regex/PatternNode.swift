/// The syntax tree of a pattern.
indirect enum PatternNode: Sendable {
  case set(ScalarSet)
  case sequence([PatternNode])
  case alternation([PatternNode])
  case repetition(PatternNode, Repetition)
  case look(PatternNode, isNegative: Bool)
  case atomic(PatternNode)
  case anchor(Anchor)

  /// How often a node is repeated; `maximum` nil means without limit.
  struct Repetition: Hashable, Sendable {
    var minimum: Int
    var maximum: Int?
    var kind: Kind

    enum Kind: Hashable, Sendable {
      case greedy, lazy, possessive
    }
  }

  enum Anchor: Hashable, Sendable {
    case lineStart, lineEnd, textStart, textEnd
  }
}

extension PatternNode {
  /// Whether the node can match without consuming a scalar.
  var isNullable: Bool {
    switch self {
    case .set: false
    case .sequence(let nodes): nodes.allSatisfy(\.isNullable)
    case .alternation(let nodes): nodes.contains(where: \.isNullable)
    case .repetition(let node, let repetition): repetition.minimum == 0 || node.isNullable
    case .atomic(let node): node.isNullable
    case .look, .anchor: true
    }
  }

  /// Whether an unlimited repetition occurs in the node outside an atomic group.
  var hasUnlimitedRepetition: Bool {
    switch self {
    case .set, .anchor, .atomic: false
    case .sequence(let nodes), .alternation(let nodes):
      nodes.contains(where: \.hasUnlimitedRepetition)
    case .repetition(let node, let repetition):
      repetition.kind != .possessive && (repetition.maximum == nil || node.hasUnlimitedRepetition)
    case .look(let node, _): node.hasUnlimitedRepetition
    }
  }

  /// The bytes with which a match can begin.
  var firstBytes: FirstBytes {
    switch self {
    case .set(let set): FirstBytes(ascii: set.ascii, beyondASCII: true)
    case .sequence(let nodes):
      FirstBytes(sequence: nodes)
    case .alternation(let nodes):
      nodes.reduce(into: FirstBytes(ascii: ASCIISet(), beyondASCII: false)) {
        $0.formUnion($1.firstBytes)
      }
    case .repetition(let node, let repetition): repetition.minimum == 0 ? .any : node.firstBytes
    case .atomic(let node): node.firstBytes
    case .look, .anchor: .any
    }
  }
}

/// The bytes with which a match of a node can begin: a filter that spares hopeless attempts.
struct FirstBytes: Hashable, Sendable {
  var ascii: ASCIISet
  var beyondASCII: Bool

  static let any = FirstBytes(ascii: .all, beyondASCII: true)

  init(ascii: ASCIISet, beyondASCII: Bool) {
    self.ascii = ascii
    self.beyondASCII = beyondASCII
  }

  /// The union over the leading nodes that can match nothing and the first that cannot.
  init(sequence nodes: [PatternNode]) {
    self.init(ascii: ASCIISet(), beyondASCII: false)
    for node in nodes {
      if case .repetition(let repeated, let repetition) = node, repetition.minimum == 0 {
        formUnion(repeated.firstBytes)
      } else {
        formUnion(node.firstBytes)
        if !node.isNullable { return }
      }
    }
    self = .any
  }

  func contains(_ byte: UInt8) -> Bool {
    byte < 0x80 ? ascii.contains(byte) : beyondASCII
  }

  mutating func formUnion(_ other: FirstBytes) {
    ascii.formUnion(other.ascii)
    beyondASCII = beyondASCII || other.beyondASCII
  }
}
