package import Control
import Simulation

/// Which runs a comparison is made of: every policy with every seed.
package struct ComparisonPlan: Sendable {
  package let scenario: Scenario
  package let policies: [PolicyChoice]
  package let seeds: [UInt64]
  package let registry: PolicyRegistry
  package let learned: LearnedInputs

  /// Makes every policy once, so that a wrong parameter is refused before anything runs.
  package init(
    _ scenario: Scenario,
    policies: [PolicyChoice],
    seedCount: Int,
    registry: PolicyRegistry,
    learned: LearnedInputs = LearnedInputs()
  ) throws(PolicyError) {
    precondition(seedCount > 0, "\(seedCount) seeds")
    self.scenario = scenario
    self.policies = policies
    seeds = (0..<seedCount).map(UInt64.init)
    self.registry = registry
    self.learned = learned
    for choice in policies { _ = try policy(choice.text, seed: 0) }
  }

  /// The keys of all runs, seed by seed: what is done so far has seen every policy about equally often.
  package var keys: [RunKey] {
    let digest = digest
    return seeds.flatMap { seed in
      policies.map { RunKey(policy: $0.text, seed: seed, scenario: digest) }
    }
  }

  /// Equal for plans whose policies meet and know the same.
  package var digest: Digest {
    var digest = scenario.digest
    for source in learned.sources {
      digest.add(source.name)
      digest.add(source.provenance)
    }
    return digest
  }

  /// A new policy for one run.
  package func policy(_ choice: String, seed: UInt64) throws(PolicyError) -> any Policy {
    let setting = PolicySetting(
      application: scenario.application,
      seed: seed,
      foresight: scenario.run(seed: seed).foresight,
      forecaster: learned.forecaster,
      curves: learned.curves
    )
    return try registry.policy(choice, for: setting)
  }
}
