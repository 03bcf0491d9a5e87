/// One service as it is: its replicas, and what it was last told to be.
struct ServiceState {
  let description: SimulatedService
  var desiredCount: Int
  var size: ReplicaSize
  /// What a request's work is multiplied by; 1 until another image runs.
  var workFactor = 1.0
  /// All that exist, in the order of their ordinals.
  var replicas: [Reference] = []
  /// Those that get requests.
  var ready: [Reference] = []
  var startedCount = 0
  /// Where the next round of balancing begins.
  var turn = 0
  /// Draws of the service's replicas: start-up times, speeds, phases.
  let random: RandomStream

  init(_ description: SimulatedService, seed: UInt64) {
    self.description = description
    desiredCount = description.replicaCount
    size = description.size
    random = RandomStream(seed: seed, name: "service \(description.name)")
  }
}
