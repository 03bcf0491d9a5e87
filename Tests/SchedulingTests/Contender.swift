import Testing

@testable import Scheduling

/// A policy under test, with the predictor it is made for.
struct Contender: Sendable, CustomTestStringConvertible {
  let name: String
  let makePolicy: @Sendable () -> any SchedulingPolicy
  let makePredictor: @Sendable () -> any LengthPredictor

  var testDescription: String { name }

  /// One past the longest prompt in the tests.
  private static let maximumLength = 64

  init(_ policy: PolicyName) {
    name = policy.rawValue
    makePolicy = { policy.makePolicy(maximumLength: Self.maximumLength) }
    makePredictor = { policy.makePredictor() }
  }

  init(_ name: String, _ makePolicy: @escaping @Sendable () -> any SchedulingPolicy) {
    self.name = name
    self.makePolicy = makePolicy
    makePredictor = { LengthProfiler() }
  }

  /// The longest that any policy that ships lets a request be overtaken, given the tests' classes.
  static let ageingBound = Duration.seconds(75)

  static let reference = Contender(.fcfs)

  /// Every policy that ships, every variant of the papers', and the composition without each of its stages.
  static let all: [Contender] =
    PolicyName.allCases.map { Contender($0) } + [
      Contender("uellm, repository") { UELLMPolicy(former: .repository) },
      Contender("uellm, slack") { UELLMPolicy(former: .slack) },
      Contender("bucketserve, longest first") {
        BucketServePolicy(maximumLength: maximumLength, batchOrder: .longestFirst)
      },
      Contender("bucketserve, steady") {
        BucketServePolicy(maximumLength: maximumLength, rule: .steady)
      },
      Contender("plimsoll, all stages") {
        PlimsollPolicy(maximumLength: maximumLength, stages: .all)
      },
    ]
    + (0..<10).map { bit in
      Contender("plimsoll without stage \(bit)") {
        PlimsollPolicy(
          maximumLength: maximumLength,
          stages: PlimsollPolicy.Stages.all.subtracting(.init(rawValue: 1 << bit))
        )
      }
    }
}
