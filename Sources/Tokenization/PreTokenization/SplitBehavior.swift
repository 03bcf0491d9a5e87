/// What happens to the matches of a pattern when text is split around them.
enum SplitBehavior: String, Sendable, CaseIterable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

extension SplitBehavior {
  /// A stretch of text and whether the pattern matched it.
  struct Stretch {
    var range: Range<Int>
    let isMatch: Bool
  }

  /// The pieces that remain of stretches which cover a text in order; empty ones are left out.
  func pieces(of stretches: [Stretch]) -> [Range<Int>] {
    let pieces =
      switch self {
      case .removed: stretches.filter { !$0.isMatch }.map(\.range)
      case .isolated: stretches.map(\.range)
      case .contiguous: merged(stretches) { $0 == $1 }
      case .mergedWithPrevious: merged(stretches) { !$0 && $1 }
      case .mergedWithNext:
        Array(merged(stretches.reversed()) { !$0 && $1 }.reversed())
      }
    return pieces.filter { !$0.isEmpty }
  }

  /// Joins each stretch to the one before it if `joins` says so of the two `isMatch`.
  ///
  /// Before the first stretch the tokenizers package assumes one that did not match; joining the
  /// first to it changes nothing.
  private func merged(_ stretches: [Stretch], _ joins: (Bool, Bool) -> Bool) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var previous = false
    for stretch in stretches {
      if let last = pieces.last, joins(previous, stretch.isMatch) {
        pieces[pieces.count - 1] =
          min(
            last.lowerBound,
            stretch.range.lowerBound
          )..<max(last.upperBound, stretch.range.upperBound)
      } else {
        pieces.append(stretch.range)
      }
      previous = stretch.isMatch
    }
    return pieces
  }
}

extension Pattern {
  /// The pieces of `text[range]` after a split around the matches or, if inverted, around the rest.
  func split(
    _ text: [UInt8],
    _ range: Range<Int>,
    _ behavior: SplitBehavior,
    isInverted: Bool
  ) -> [Range<Int>] {
    var stretches: [SplitBehavior.Stretch] = []
    var end = range.lowerBound
    forEachMatch(in: text, range) { match in
      if end < match.lowerBound {
        stretches.append(.init(range: end..<match.lowerBound, isMatch: isInverted))
      }
      stretches.append(.init(range: match, isMatch: !isInverted))
      end = match.upperBound
    }
    if end < range.upperBound {
      stretches.append(.init(range: end..<range.upperBound, isMatch: isInverted))
    }
    return behavior.pieces(of: stretches)
  }
}
