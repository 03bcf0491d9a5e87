/// A text cut into pieces on its way to the model.
///
/// The pieces are ranges of one buffer, in order; what lies between them has been removed.
struct PieceList {
  private(set) var text: [UInt8]
  private(set) var pieces: [Range<Int>]
  /// Whether the first byte of `text` stems from the first byte of the original text.
  private(set) var beginsOriginal: Bool

  init(_ text: [UInt8], beginsOriginal: Bool) {
    self.text = text
    self.beginsOriginal = beginsOriginal
    pieces = text.isEmpty ? [] : [0..<text.count]
  }

  /// Cuts each piece around the matches of a pattern.
  mutating func split(_ pattern: Pattern, _ behavior: SplitBehavior, isInverted: Bool) {
    var cut: [Range<Int>] = []
    cut.reserveCapacity(text.count / 4)
    for piece in pieces {
      cut.append(contentsOf: pattern.split(text, piece, behavior, isInverted: isInverted))
    }
    pieces = cut
  }

  /// Rewrites each piece: `body` gets the text, the piece and the buffer to which it appends the
  /// new text.
  mutating func rewrite(_ body: ([UInt8], Range<Int>, inout [UInt8]) -> Void) {
    if let first = pieces.first, first.lowerBound > 0 { beginsOriginal = false }
    var output: [UInt8] = []
    output.reserveCapacity(text.count + text.count / 4)
    for index in pieces.indices {
      let start = output.count
      body(text, pieces[index], &output)
      pieces[index] = start..<output.count
    }
    text = output
  }
}
