import ArgumentParser
import LoadGeneration

/// A class of requests: `interactive=40`, or with its cap `batch=20,max-tokens=512`.
struct ClassArgument: ExpressibleByArgument, Equatable {
  let name: String
  let share: Double
  let outputTokenCap: Int?

  init?(argument: String) {
    let fields = argument.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1) }
    guard let first = fields.first, first.count == 2, let share = Double(first[1]), share > 0,
      share.isFinite
    else { return nil }
    name = String(first[0])
    self.share = share
    guard let second = fields.dropFirst().first else {
      outputTokenCap = nil
      return
    }
    guard fields.count == 2, second.count == 2, second[0] == "max-tokens",
      let cap = Int(second[1]), cap > 0
    else { return nil }
    outputTokenCap = cap
  }
}

/// Promises to one class or all: `interactive:ttft=200ms,tpot=50ms`, `e2el=30s`.
struct ObjectiveArgument: ExpressibleByArgument, Equatable {
  /// Nil for every class.
  let className: String?
  let objectives: Objectives

  init?(argument: String) {
    let halves = argument.split(separator: ":", maxSplits: 1)
    guard let last = halves.last else { return nil }
    className = halves.count == 2 ? String(halves[0]) : nil
    var objectives = Objectives()
    for field in last.split(separator: ",") {
      let pair = field.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, let bound = DurationArgument(argument: String(pair[1]))?.duration
      else { return nil }
      switch pair[0] {
      case "ttft": objectives.timeToFirstToken = bound
      case "tpot": objectives.timePerOutputToken = bound
      case "e2el": objectives.endToEnd = bound
      default: return nil
      }
    }
    self.objectives = objectives
  }
}

/// A time as people write it: `200ms`, `1.5s`, `2m`, `1h`; a bare number is milliseconds, as for vLLM's goodput.
struct DurationArgument: ExpressibleByArgument, Equatable {
  let duration: Duration

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number > 0, number.isFinite else { return nil }
    switch argument.dropFirst(digits.count) {
    case "", "ms": duration = .seconds(number / 1_000)
    case "s": duration = .seconds(number)
    case "m", "min": duration = .seconds(number * 60)
    case "h": duration = .seconds(number * 3_600)
    default: return nil
    }
  }
}

/// A number of tokens, or a range of which each request draws one: `128`, `32-512`.
struct LengthArgument: ExpressibleByArgument, Equatable, CustomStringConvertible {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends.last ?? nil,
      first > 0, last >= first
    else { return nil }
    range = first...last
  }

  var description: String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
  }
}

extension ServerDialect: ExpressibleByArgument {}
