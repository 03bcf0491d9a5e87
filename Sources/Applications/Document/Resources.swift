/// CPU and memory of one replica: what is reserved for it and what it may not exceed.
package struct Resources: Hashable, Sendable, Codable {
  /// Reserved: what the replica is placed and paid by, and its share when the machine is full.
  package var requests: ResourceAmount
  /// Enforced: beyond the CPU limit it is throttled, beyond the memory limit it is killed.
  package var limits: ResourceAmount

  package init(
    requests: ResourceAmount = ResourceAmount(),
    limits: ResourceAmount = ResourceAmount(cpu: Millicores(500), memory: .mebibytes(256))
  ) {
    self.requests = requests
    self.limits = limits
  }

  /// Requests equal to limits.
  package init(_ amount: ResourceAmount) {
    self.init(requests: amount, limits: amount)
  }
}

/// An amount of CPU and memory.
package struct ResourceAmount: Hashable, Sendable, Codable {
  package var cpu: Millicores
  package var memory: ByteCount

  package init(cpu: Millicores = Millicores(100), memory: ByteCount = .mebibytes(64)) {
    self.cpu = cpu
    self.memory = memory
  }
}
