import Glibc

/// One machine: what is reserved on it, and who computes on it.
struct NodeState {
  let description: SimulatedNode
  /// What a planned slow-down leaves of the speed.
  var slowdown = 1.0
  private(set) var reservedCores = 0.0
  private(set) var reservedMemory: Int64 = 0
  /// Replicas whose threads want to compute.
  private(set) var active: [Reference] = []
  /// Cores that all of them want together.
  private(set) var demand = 0.0

  init(_ description: SimulatedNode) { self.description = description }

  var cores: Double { description.cores }
  var speed: Double { description.speed * slowdown }
  var isContended: Bool { demand > cores }

  /// How likely a thread that is woken now waits for the CPU of another although one is idle.
  ///
  /// Linux looks for an idle CPU first, but on the way from the old one and among the busy it is not always found, and
  /// balancing is slow: half as likely as that all CPUs but one are busy. The half is measured on two CPUs
  /// (`make bench-hop`, docs/results/fidelity.md); that more CPUs make it rarer is assumed.
  var misplacementProbability: Double {
    guard cores >= 1, demand > 0 else { return 0 }
    return 0.5 * pow(min(1, demand / cores), max(1, cores - 1))
  }

  func fits(_ size: ReplicaSize, besides given: ReplicaSize? = nil) -> Bool {
    let cores = reservedCores - (given?.cpuRequest ?? 0) + size.cpuRequest
    let memory = reservedMemory - (given?.memoryRequest ?? 0) + size.memoryRequest
    return cores <= description.cores + 1e-9 && memory <= description.memory
  }

  /// The reserved share of the scarcer resource, 0...1.
  var reservedShare: Double {
    max(reservedCores / cores, Double(reservedMemory) / Double(description.memory))
  }

  mutating func reserve(_ size: ReplicaSize) {
    reservedCores += size.cpuRequest
    reservedMemory += size.memoryRequest
  }

  mutating func release(_ size: ReplicaSize) {
    reservedCores -= size.cpuRequest
    reservedMemory -= size.memoryRequest
  }

  /// Takes note that a replica wants so many cores.
  /// - Complexity: O(active replicas) when it begins or stops to want any.
  mutating func change(_ replica: Reference, from old: Double, to new: Double) {
    demand += new - old
    if old == 0 && new > 0 { active.append(replica) }
    if old > 0 && new == 0 { active.removeAll { $0 == replica } }
    if active.isEmpty { demand = 0 }
  }
}

/// Splits a machine's cores by weight: nobody gets more than it wants, and what one leaves the others share.
///
/// What the fair scheduler gives to cgroups in the long run (`cpu.weight`, set from the CPU request); turns of
/// a few milliseconds are not modelled.
/// - Complexity: O(claims²) at worst; allocates.
func fairShares(of cores: Double, _ claims: [(demand: Double, weight: Double)]) -> [Double] {
  var shares = claims.map { _ in 0.0 }
  var open = Array(claims.indices)
  var left = cores
  while !open.isEmpty {
    let weight = open.reduce(0) { $0 + claims[$1].weight }
    let perWeight = left / weight
    let satisfied = open.filter { claims[$0].demand <= claims[$0].weight * perWeight }
    guard !satisfied.isEmpty else {
      for index in open { shares[index] = claims[index].weight * perWeight }
      break
    }
    for index in satisfied {
      shares[index] = claims[index].demand
      left -= claims[index].demand
    }
    open.removeAll { claims[$0].demand <= claims[$0].weight * perWeight }
  }
  return shares
}
