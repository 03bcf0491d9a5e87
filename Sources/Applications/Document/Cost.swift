/// What replicas cost, per hour, in an account unit such as dollars.
///
/// The defaults are of the size of a large cloud's on-demand prices; what matters is their ratio.
package struct Cost: Hashable, Sendable, Codable {
  package var perReplicaHour: Double
  package var perCoreHour: Double
  package var perGibibyteHour: Double

  package init(
    perReplicaHour: Double = 0,
    perCoreHour: Double = 0.032,
    perGibibyteHour: Double = 0.004
  ) {
    self.perReplicaHour = perReplicaHour
    self.perCoreHour = perCoreHour
    self.perGibibyteHour = perGibibyteHour
  }

  /// The price of one replica that reserves `amount` for an hour.
  package func perHour(_ amount: ResourceAmount) -> Double {
    perReplicaHour + perCoreHour * amount.cpu.cores
      + perGibibyteHour * Double(amount.memory.bytes) / 1_073_741_824
  }
}
