/// Runs a compiled pattern over UTF-8 text by backtracking.
///
/// The text must be valid UTF-8; positions are byte offsets at scalar boundaries.
struct PatternMatcher {
  private let text: [UInt8]
  private let range: Range<Int>
  private let instructions: [PatternProgram.Instruction]
  private let sets: [ScalarSet]
  private let asciiSets: [ASCIISet]
  private var stack: [Choice] = []
  /// What is left of the instructions that one text may cost.
  private var stepsLeft: Int

  /// A place to resume from when the instructions in hand fail.
  private struct Choice {
    let instruction: Int
    var position: Int
    let kind: Kind

    enum Kind {
      case other
      /// A greedy run that can give back scalars down to `minimum`.
      case giveBack(minimum: Int)
      /// A lazy run that can take up to `count` more scalars.
      case takeMore(set: Int, count: Int)
    }
  }

  /// A matcher for `text[range]`, outside of which the pattern sees nothing.
  ///
  /// The length of the range bounds the work that all matches together may cost.
  init(_ program: PatternProgram, _ text: [UInt8], _ range: Range<Int>) {
    self.text = text
    self.range = range
    instructions = program.instructions
    sets = program.sets
    asciiSets = program.asciiSets
    stepsLeft = range.count * 1000 + 10_000
  }

  /// The end of the match that begins at `start`, or nil if there is none.
  mutating func matchEnd(at start: Int) -> Int? {
    stack.removeAll(keepingCapacity: true)
    return run(from: 0, at: start)
  }

  /// Whether the work allowed for this text is used up, after which nothing matches.
  var isExhausted: Bool { stepsLeft <= 0 }

  private mutating func run(from instruction: Int, at start: Int) -> Int? {
    let base = stack.count
    defer { stack.removeLast(stack.count - base) }
    var program = instruction
    var position = start
    while stepsLeft > 0 {
      stepsLeft -= 1
      if case .match = instructions[program] { return position }
      let isAlive = step(&program, &position)
      if !isAlive, !backtrack(base, &program, &position) { return nil }
    }
    return nil
  }

  /// Executes one instruction; false if it fails.
  private mutating func step(_ program: inout Int, _ position: inout Int) -> Bool {
    switch instructions[program] {
    case .scalar(let set):
      guard advance(set, &position) else { return false }
      program += 1
    case .run(let set, let minimum, let maximum, let kind):
      guard takeRun(set, minimum...maximum, kind, program + 1, &position) else {
        return false
      }
      program += 1
    case .branch(let firstBytes, let other):
      if position == range.upperBound || firstBytes.contains(text[position]) {
        stack.append(Choice(instruction: other, position: position, kind: .other))
        program += 1
      } else {
        program = other
      }
    case .jump(let target): program = target
    case .look(let next, let isNegative):
      let isFound = run(from: program + 1, at: position) != nil
      guard isFound != isNegative else { return false }
      program = next
    case .atomic(let next):
      guard let end = run(from: program + 1, at: position) else { return false }
      position = end
      program = next
    case .anchor(let anchor):
      guard holds(anchor, position) else { return false }
      program += 1
    case .match: break
    }
    return true
  }
}

// MARK: - Scalars and runs

extension PatternMatcher {
  /// Steps over the next scalar if it is a member of the set.
  private func advance(_ set: Int, _ position: inout Int) -> Bool {
    guard position < range.upperBound else { return false }
    let byte = text[position]
    if byte < 0x80 {
      guard asciiSets[set].contains(byte) else { return false }
      position += 1
      return true
    }
    let (value, length) = text.scalar(at: position)
    guard sets[set].contains(value) else { return false }
    position += length
    return true
  }

  /// Takes a run of scalars of one set and leaves the choice of a shorter or longer one on the
  /// stack.
  private mutating func takeRun(
    _ set: Int,
    _ counts: ClosedRange<Int>,
    _ kind: PatternNode.Repetition.Kind,
    _ next: Int,
    _ position: inout Int
  ) -> Bool {
    var count = 0
    while count < counts.lowerBound, advance(set, &position) { count += 1 }
    guard count == counts.lowerBound else { return false }
    let minimum = position
    if kind == .lazy {
      if counts.upperBound > count {
        let kind = Choice.Kind.takeMore(set: set, count: counts.upperBound - count)
        stack.append(Choice(instruction: next, position: position, kind: kind))
      }
      return true
    }
    while count < counts.upperBound, advance(set, &position) { count += 1 }
    stepsLeft -= (position - minimum) >> 3
    if kind == .greedy, position > minimum {
      let kind = Choice.Kind.giveBack(minimum: minimum)
      stack.append(Choice(instruction: next, position: position, kind: kind))
    }
    return true
  }

  /// Resumes at the latest choice above `base`; false if there is none.
  private mutating func backtrack(
    _ base: Int,
    _ program: inout Int,
    _ position: inout Int
  ) -> Bool {
    while stack.count > base {
      let choice = stack.removeLast()
      program = choice.instruction
      position = choice.position
      switch choice.kind {
      case .other: return true
      case .giveBack(let minimum):
        position = text.index(beforeScalarAt: position)
        if position > minimum {
          stack.append(Choice(instruction: program, position: position, kind: choice.kind))
        }
        return true
      case .takeMore(let set, let count):
        guard advance(set, &position) else { continue }
        if count > 1 {
          let kind = Choice.Kind.takeMore(set: set, count: count - 1)
          stack.append(Choice(instruction: program, position: position, kind: kind))
        }
        return true
      }
    }
    return false
  }

  private func holds(_ anchor: PatternNode.Anchor, _ position: Int) -> Bool {
    let newline = UInt8(ascii: "\n")
    return switch anchor {
    case .textStart: position == range.lowerBound
    case .textEnd: position == range.upperBound
    case .lineStart:
      position == range.lowerBound
        || (text[position - 1] == newline && position < range.upperBound)
    case .lineEnd: position == range.upperBound || text[position] == newline
    }
  }
}
