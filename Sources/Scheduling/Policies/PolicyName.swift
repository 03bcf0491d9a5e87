/// The policies that ship, by the names under which people choose them.
package enum PolicyName: String, Sendable, CaseIterable {
  case fcfs
  /// The papers' baseline: whole prompts before anyone decodes, no classes, and everyone is let in.
  case fcfsPaper = "fcfs-paper"
  case sjf
  case priority
  case uellm
  case bucketserve
  case plimsoll
  /// `plimsoll` with the true lengths of a replayed trace: the bound for any predictor.
  case oracle

  /// A fresh policy; `maximumLength` is one past the longest prompt.
  package func makePolicy(
    maximumLength: Int,
    stages: PlimsollPolicy.Stages = .usual
  ) -> any SchedulingPolicy {
    switch self {
    case .fcfs: OrderedPolicy()
    case .fcfsPaper: OrderedPolicy(prefillMode: .exclusive)
    case .sjf: OrderedPolicy(.work(tokensPerSecond: 100))
    case .priority: OrderedPolicy(.urgency(ageing: .seconds(30)))
    case .uellm: UELLMPolicy()
    case .bucketserve: BucketServePolicy(maximumLength: maximumLength)
    case .plimsoll, .oracle: PlimsollPolicy(maximumLength: maximumLength, stages: stages)
    }
  }

  /// The predictor that the policy is made for.
  package func makePredictor() -> any LengthPredictor {
    switch self {
    case .fcfs, .fcfsPaper, .priority: MaximumLength()
    case .sjf, .uellm, .bucketserve, .plimsoll: LengthProfiler()
    case .oracle: TrueLength()
    }
  }

  /// How it turns requests away.
  package var admission: AdmissionRule {
    switch self {
    case .fcfsPaper: .everyone
    case .fcfs, .sjf, .uellm, .bucketserve: .places
    case .priority, .plimsoll, .oracle: .promises
    }
  }
}
