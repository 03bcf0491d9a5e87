/// How many replicas a service may have.
package struct ReplicaBounds: Hashable, Sendable, Codable {
  package var initial: Int
  package var minimum: Int
  package var maximum: Int

  package init(initial: Int = 1, minimum: Int = 1, maximum: Int = 10) {
    self.initial = initial
    self.minimum = minimum
    self.maximum = maximum
  }
}
