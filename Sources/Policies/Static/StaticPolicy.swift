package import Control

/// Changes nothing: every service keeps what the application states.
package struct StaticPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "static",
    summary: "Changes nothing.",
    interval: .seconds(15),
    place: Taxonomy(directions: [], trigger: .none, technique: .none, objectives: [])
  )

  package init() {}

  package func decide(on situation: Situation) -> Decision { Decision() }
}
