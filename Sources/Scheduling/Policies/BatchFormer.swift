/// Groups requests that should be worked on together, after the batch scheduler of UELLM.
///
/// SLO-ODBS, He et al. 2024, §4.3.
package struct BatchFormer: Sendable, Hashable {
  /// What makes a request fit into a batch.
  package enum Rule: Sendable, Hashable {
    /// The published score: seconds of promise and tokens of output, each with the batch's largest, times its size, stay
    /// under `threshold`. Deviation: both are counted in units of their own (10 s, 256 tokens) before they are added.
    case paper(threshold: Double)
    /// What the authors' repository runs: ten requests, unless outputs differ by thousands of tokens.
    case repository
    /// Ours: the prompts together are computed before the first of them is late, and take at most `workLimit` tokens.
    case slack(workLimit: Int)
  }

  package let rule: Rule

  package init(_ rule: Rule) { self.rule = rule }

  /// The published score with equal weights.
  package static let paper = BatchFormer(.paper(threshold: 40))
  package static let repository = BatchFormer(.repository)
  package static let slack = BatchFormer(.slack(workLimit: 8_192))

  /// Sums and extremes of the requests in a batch.
  package struct Batch: Sendable, Hashable {
    package private(set) var count = 0
    package private(set) var longestOutput = 0
    package private(set) var longestPromise: Duration = .zero
    /// Computing all its prompts.
    package private(set) var work = StepLoad()
    package private(set) var earliestDue: Duration?

    package init() {}

    package mutating func add(_ profile: Profile) {
      count += 1
      longestOutput = max(longestOutput, profile.forecast.expected)
      longestPromise = max(longestPromise, profile.promise)
      work.add(rowCount: profile.tokenCount, at: 0)
      earliestDue = min(earliestDue ?? profile.firstTokenDue, profile.firstTokenDue)
    }
  }

  /// Where a request stands among those that wait to be grouped.
  package func order(_ profile: Profile) -> Duration {
    guard rule == .repository else { return profile.arrival + profile.promise }
    // The repository's a·SLO + b·length with a = 1 and b = 0.5, seconds and tokens as they are.
    return profile.arrival + profile.promise + .milliseconds(500) * profile.forecast.expected
  }

  /// Whether the next in order joins the batch; an empty batch takes anyone.
  package func admits(_ profile: Profile, to batch: Batch, _ capacity: Capacity) -> Bool {
    guard batch.count > 0 else { return true }
    switch rule {
    case .paper(let threshold):
      let seconds = (profile.promise + batch.longestPromise) / .seconds(10)
      let tokens = Double(profile.forecast.expected + batch.longestOutput) / 256
      return (seconds + tokens) / 2 * Double(batch.count + 1) <= threshold
    case .repository:
      let growth = profile.forecast.expected - batch.longestOutput
      return batch.count < 10 && Double(growth * (batch.count + 1)) * 1.2 <= 15_000
    case .slack(let workLimit):
      var work = batch.work
      work.add(rowCount: profile.tokenCount, at: 0)
      let due = min(batch.earliestDue ?? profile.firstTokenDue, profile.firstTokenDue)
      return work.rowCount <= workLimit && capacity.now + capacity.duration(ofWork: work) <= due
    }
  }
}

extension Profile {
  /// How long the whole answer may take: the papers' SLO.
  var promise: Duration {
    let perToken = serviceClass.timePerOutputToken ?? serviceClass.timeToFirstToken / 100
    return serviceClass.timeToFirstToken(promptCount: promptCount) + perToken * forecast.expected
  }
}
