/// What a reader must know to repeat a run.
package struct RunDescription: Sendable, Equatable {
  /// Name and value, in the order of the report.
  package var facts: [(name: String, value: String)]

  package init(_ facts: [(name: String, value: String)]) { self.facts = facts }

  package static func == (left: RunDescription, right: RunDescription) -> Bool {
    left.facts.elementsEqual(right.facts, by: ==)
  }
}
