/// A cluster of services under load on a virtual clock.
///
/// A discrete-event simulation: ``advance(to:)`` takes the earliest event out of the queue, lets it change the
/// state and schedule others, until the given moment. The same description, load, faults and seed give the same
/// run, bit for bit. Requests are records of fixed size in pools, so memory follows the load, not the time.
///
/// What happens to requests is in `Requests`, who computes when in `Processor`, replicas in `Cluster`, machines
/// in `Placement`.
package struct SimulatedCluster {
  let description: ClusterDescription
  let program: CallProgram
  let faults: FaultPlan
  package internal(set) var now = VirtualTime.zero
  var events = EventQueue()

  var services: [ServiceState]
  var replicas = Pool<Replica>()
  var nodes: [NodeState]
  /// Replicas without room, in the order in which they asked.
  var unplaced: [Reference] = []

  var spans = Pool<Span>()
  var frames = Pool<Frame>()
  var lanes: [WaitingLane]
  var arrivals: [ArrivalProcess]
  /// What the requests of each entry point draw from.
  let requestStreams: [RandomStream]

  var meters: [ServiceMeter]
  var entryMeters: [EntryPointMeter]
  var ledgers: [ServiceLedger]
  /// Requests to services that have been answered, successfully or not, and are not waiting anywhere.
  package internal(set) var endedSpanCount = 0

  /// A cluster at time zero, its first replicas ready.
  ///
  /// Requests come at random, or if `isEven` at equal distances.
  package init(
    _ description: ClusterDescription,
    load: RateTrace,
    faults: FaultPlan = FaultPlan(),
    seed: UInt64 = 0,
    isEven: Bool = false
  ) {
    self.description = description
    self.faults = faults
    program = CallProgram(description)
    services = description.services.map { ServiceState($0, seed: seed) }
    let machines = description.nodes.isEmpty ? [.boundless] : description.nodes
    nodes = machines.map(NodeState.init)
    lanes = program.sites.map { _ in WaitingLane() }
    meters = description.services.map { _ in ServiceMeter() }
    entryMeters = description.entryPoints.map { EntryPointMeter($0.promise) }
    ledgers = description.services.map { _ in ServiceLedger() }
    let wholeWeight = description.entryPoints.reduce(0) { $0 + $1.weight }
    arrivals = description.entryPoints.map { entry in
      let random = RandomStream(seed: seed, name: "arrivals \(entry.name)")
      return ArrivalProcess(
        load,
        weight: entry.weight / wholeWeight,
        isEven: isEven,
        random: random
      )
    }
    requestStreams = description.entryPoints.map {
      RandomStream(seed: seed, name: "requests \($0.name)")
    }
    populate()
    for entry in arrivals.indices { expectArrival(at: entry) }
    for (number, fault) in faults.timed.enumerated() {
      events.schedule(.fault, Reference(number), at: VirtualTime(fault.time))
    }
  }

  /// Lets everything happen that happens up to and including this moment.
  /// - Complexity: O(events · log pending events).
  package mutating func advance(to end: VirtualTime) {
    while let event = events.popFirst(through: end) {
      now = event.time
      happen(event)
    }
    now = max(now, end)
  }

  private mutating func happen(_ event: Event) {
    switch event.kind {
    case .arrival: arrive(at: event.subject.place)
    case .delivery: deliver(event.subject)
    case .processing: compute(on: event.subject)
    case .answer: takeAnswer(event.subject)
    case .timeout: expire(lane: event.subject.place)
    case .retry: sendAgain(event.subject)
    case .readiness: becomeReady(event.subject)
    case .drainDeadline: endDraining(event.subject)
    case .restart: restart(event.subject)
    case .crash: crashIfDue(event.subject)
    case .fault: happen(faults.timed[event.subject.place])
    }
  }
}
