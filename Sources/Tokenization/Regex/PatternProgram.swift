/// A pattern compiled to instructions for a backtracking machine.
struct PatternProgram: Sendable {
  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  /// The ASCII part of each set, apart so that reading it costs no reference count.
  private(set) var asciiSets: [ASCIISet] = []

  enum Instruction: Sendable {
    /// Consume one scalar of the set.
    case scalar(set: Int)
    /// Consume `minimum` to `maximum` scalars of the set; lazily or possessively if so.
    case run(set: Int, minimum: Int, maximum: Int, kind: PatternNode.Repetition.Kind)
    /// Go on here if the next byte can begin this branch, and at `other` if that fails or cannot
    /// be.
    case branch(firstBytes: FirstBytes, other: Int)
    case jump(Int)
    /// Go on at `next` if the instructions from here to their `match` succeed (or, if negative,
    /// fail) here.
    case look(next: Int, isNegative: Bool)
    /// Match the instructions from here to their `match` without way back, then go on at `next`.
    case atomic(next: Int)
    case anchor(PatternNode.Anchor)
    case match
  }

  /// More would mean nested counts, `((a{1000}){1000}){1000}`, that exhaust memory.
  private static let maximumCount = 20_000

  init(_ pattern: String) throws(PatternSyntaxError) {
    var parser = PatternParser(pattern)
    try self.init(try parser.parse())
  }

  init(_ node: PatternNode) throws(PatternSyntaxError) {
    try append(node)
    try append(.match)
  }

  private mutating func append(_ instruction: Instruction) throws(PatternSyntaxError) {
    guard instructions.count < Self.maximumCount else {
      throw PatternSyntaxError(reason: "its repetitions make it too large", offset: 0)
    }
    instructions.append(instruction)
  }

  private mutating func append(_ node: PatternNode) throws(PatternSyntaxError) {
    switch node {
    case .set(let set): try append(.scalar(set: index(of: set)))
    case .sequence(let nodes): for node in nodes { try append(node) }
    case .alternation(let branches): try appendAlternation(branches)
    case .repetition(.set(let set), let repetition):
      try append(
        .run(
          set: index(of: set),
          minimum: repetition.minimum,
          maximum: repetition.maximum ?? .max,
          kind: repetition.kind
        )
      )
    case .repetition(let node, let repetition): try appendRepetition(node, repetition)
    case .look(let node, let isNegative):
      try appendEnclosed(node) { .look(next: $0, isNegative: isNegative) }
    case .atomic(let node): try appendEnclosed(node) { .atomic(next: $0) }
    case .anchor(let anchor): try append(Instruction.anchor(anchor))
    }
  }

  private mutating func appendAlternation(_ branches: [PatternNode]) throws(PatternSyntaxError) {
    var exits: [Int] = []
    for (position, branch) in branches.enumerated() {
      guard position + 1 < branches.count else {
        try append(branch)
        break
      }
      let start = try reserve()
      try append(branch)
      exits.append(try reserve())
      instructions[start] = .branch(firstBytes: branch.firstBytes, other: instructions.count)
    }
    for exit in exits { instructions[exit] = .jump(instructions.count) }
  }

  /// A group repeated: its minimum written out, then a loop or the optional rest written out.
  private mutating func appendRepetition(
    _ node: PatternNode,
    _ repetition: PatternNode.Repetition
  ) throws(PatternSyntaxError) {
    if repetition.kind == .possessive {
      var greedy = repetition
      greedy.kind = .greedy
      return try append(.atomic(.repetition(node, greedy)))
    }
    guard repetition.kind == .greedy else {
      throw PatternSyntaxError(reason: "a lazily repeated group is not supported", offset: 0)
    }
    for _ in 0..<repetition.minimum { try append(node) }
    guard let maximum = repetition.maximum else { return try appendLoop(node) }
    var exits: [Int] = []
    for _ in repetition.minimum..<maximum {
      exits.append(try reserve())
      try append(node)
    }
    for exit in exits {
      instructions[exit] = .branch(firstBytes: node.firstBytes, other: instructions.count)
    }
  }

  private mutating func appendLoop(_ node: PatternNode) throws(PatternSyntaxError) {
    let start = try reserve()
    try append(node)
    try append(.jump(start))
    instructions[start] = .branch(firstBytes: node.firstBytes, other: instructions.count)
  }

  private mutating func appendEnclosed(
    _ node: PatternNode,
    _ instruction: (Int) -> Instruction
  ) throws(PatternSyntaxError) {
    let start = try reserve()
    try append(node)
    try append(.match)
    instructions[start] = instruction(instructions.count)
  }

  /// A place for an instruction whose target is not known yet.
  private mutating func reserve() throws(PatternSyntaxError) -> Int {
    try append(.match)
    return instructions.count - 1
  }

  private mutating func index(of set: ScalarSet) -> Int {
    sets.append(set)
    asciiSets.append(set.ascii)
    return sets.count - 1
  }
}
