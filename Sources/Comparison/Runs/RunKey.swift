/// What a run is known by: equal keys have equal results.
package struct RunKey: Hashable, Sendable, Codable {
  package let policy: String
  package let seed: UInt64
  /// The scenario's digest.
  package let scenario: String

  package init(policy: String, seed: UInt64, scenario: Digest) {
    self.policy = policy
    self.seed = seed
    self.scenario = "\(scenario)"
  }

  /// The name of the file that keeps the result: readable, and safe whatever the parameters hold.
  package var fileName: String {
    let name = policy.prefix { $0 != ":" }
    var digest = Digest()
    digest.add(policy)
    digest.add(scenario)
    return "\(name)-seed\(seed)-\(digest).json"
  }
}
