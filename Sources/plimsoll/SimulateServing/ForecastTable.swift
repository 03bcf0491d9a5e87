import OrderedJSON
import Scheduling

/// How the lengths of answers were foreseen, by where the forecast came from.
struct ForecastTable {
  private let accuracy: [LengthProfiler.Source: LengthProfiler.Accuracy]

  init(_ accuracy: [LengthProfiler.Source: LengthProfiler.Accuracy]) { self.accuracy = accuracy }

  var isEmpty: Bool { accuracy.isEmpty }

  /// For each source the answers within its upper bound, and for each class expected how often each came true.
  var json: JSON {
    let members = LengthProfiler.Source.allCases.compactMap { source in
      accuracy[source].map { (source.rawValue, Self.json($0)) }
    }
    return .object(JSON.Object(uniqueKeysWithValues: members))
  }

  private static func json(_ accuracy: LengthProfiler.Accuracy) -> JSON {
    [
      "covered": .integer(accuracy.coveredCount),
      "confusion": .array(accuracy.confusion.map { .array($0.map(JSON.integer)) }),
    ]
  }
}
