import Distillation
import Glibc
import OrderedJSON
import Scheduling
import Transformer

/// One way to compute a text.
struct EvaluationSubject {
  let name: String
  let folder: ModelFolder
  var brownout: Brownout?
}

/// What evaluation found, beside the model as it is, which comes first.
struct EvaluationReport {
  /// One subject's results.
  struct Row {
    let name: String
    let threshold: Double?
    let perplexity: Estimate
    let accuracy: Estimate
    /// Share of the model's own right guesses that is lost.
    let accuracyLoss: Estimate
    let agreement: Estimate
    let distinctExpertsPerStep: Double
    let reroutedShare: Double
  }

  let documentCount: Int
  private(set) var tokenCount = 0
  private(set) var rows: [Row] = []
  private var reference: TextScores?

  init(documentCount: Int) { self.documentCount = documentCount }

  mutating func append(_ subject: EvaluationSubject, _ scores: TextScores) {
    let reference = reference ?? scores
    self.reference = reference
    tokenCount = scores.tokenCount
    let documents = scores.documents
    rows.append(
      Row(
        name: subject.name,
        threshold: subject.brownout?.threshold,
        perplexity: .bootstrap([scores.losses], documents: documents) { sums, count in
          exp(sums[0] / count)
        },
        accuracy: .bootstrap([scores.hits], documents: documents) { $0[0] / $1 },
        accuracyLoss: .bootstrap([scores.hits, reference.hits], documents: documents) { sums, _ in
          1 - sums[0] / sums[1]
        },
        agreement: .bootstrap([scores.agreements(with: reference)], documents: documents) {
          $0[0] / $1
        },
        distinctExpertsPerStep: scores.distinctExpertsPerStep,
        reroutedShare: scores.reroutedShare
      )
    )
  }

  /// The losses of the subjects called `name`, at the upper ends of their intervals: chance shall not set the floor.
  func budget(name: String) -> AccuracyBudget {
    var losses = [1.0: 0.0]
    for row in rows where row.name == name {
      if let threshold = row.threshold { losses[threshold] = row.accuracyLoss.high }
    }
    return AccuracyBudget(losses: losses)
  }

  var json: JSON {
    [
      "tokens": .integer(tokenCount),
      "documents": .integer(documentCount),
      "rows": .array(rows.map(\.json)),
      "expert_load": .array(
        (reference?.expertLoad?.shares ?? []).map { .array($0.map(JSON.number)) }
      ),
    ]
  }

  var table: String {
    let header = [
      "", "threshold", "perplexity", "next token right", "relative loss", "agreement",
      "experts/step", "rerouted",
    ]
    let lines = rows.map { row in
      [
        row.name, row.threshold.map { "\($0)" } ?? "",
        row.perplexity.text { "\(Self.rounded($0, 2))" },
        row.accuracy.text { "\(Self.rounded(100 * $0, 2))" } + " %",
        row.accuracyLoss.text { "\(Self.rounded(100 * $0, 2))" } + " %",
        "\(Self.rounded(100 * row.agreement.value, 1)) %",
        "\(Self.rounded(row.distinctExpertsPerStep, 1))",
        "\(Self.rounded(100 * row.reroutedShare, 1)) %",
      ]
    }
    return TextTable(header: header, rows: lines).text
      + "\n\n\(tokenCount) tokens of \(documentCount) documents;"
      + " in brackets 95 % intervals (bootstrap over documents)"
  }

  private static func rounded(_ value: Double, _ digits: Int) -> Double {
    let factor = [1, 10, 100, 1000][digits]
    return (value * Double(factor)).rounded() / Double(factor)
  }
}

extension EvaluationReport.Row {
  fileprivate var json: JSON {
    [
      "name": .string(name),
      "threshold": threshold.map(JSON.number) ?? .null,
      "perplexity": perplexity.json,
      "next_token_accuracy": accuracy.json,
      "relative_accuracy_loss": accuracyLoss.json,
      "agreement": agreement.json,
      "distinct_experts_per_step": .number(distinctExpertsPerStep),
      "rerouted_share": .number(reroutedShare),
    ]
  }
}

extension Estimate {
  fileprivate var json: JSON {
    ["value": .number(value), "low": .number(low), "high": .number(high)]
  }

  fileprivate func text(_ number: (Double) -> String) -> String {
    "\(number(value)) [\(number(low))–\(number(high))]"
  }
}
