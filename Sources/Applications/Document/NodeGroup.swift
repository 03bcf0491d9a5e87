extension Application {
  /// Machines of one kind.
  package struct NodeGroup: Hashable, Sendable {
    package var name: String
    package var count: Int
    package var cpu: Millicores
    package var memory: ByteCount
    /// How fast a core is against the one on which the CPU times were measured.
    package var speed: Double

    package init(
      name: String,
      count: Int = 1,
      cpu: Millicores,
      memory: ByteCount,
      speed: Double = 1
    ) {
      self.name = name
      self.count = count
      self.cpu = cpu
      self.memory = memory
      self.speed = speed
    }
  }
}
