extension Application {
  /// A way into the application: what users ask for, how often, and what they were promised.
  package struct EntryPoint: Hashable, Sendable {
    package var name: EntryPointName
    package var service: ServiceName
    package var operation: OperationName
    /// The share of all requests, in proportion to the weights of the other entry points.
    package var weight: Double
    package var slo: SLO?

    package init(
      name: EntryPointName,
      service: ServiceName,
      operation: OperationName,
      weight: Double = 1,
      slo: SLO? = nil
    ) {
      self.name = name
      self.service = service
      self.operation = operation
      self.weight = weight
      self.slo = slo
    }
  }
}
