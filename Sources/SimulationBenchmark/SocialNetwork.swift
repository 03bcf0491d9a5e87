import Simulation

/// DeathStarBench's Social Network, its 25 services and the calls among them; the mix is its own.
///
/// Work is of the size that its authors' containers show (a cache 50 microseconds, a database 400, logic 200 to
/// 800), chosen here and not measured.
struct SocialNetwork {
  private(set) var services: [SimulatedService] = []
  private(set) var operations: [SimulatedOperation] = []

  /// The application, sized so that each service is busy for at most 60 % of its quota at this rate.
  static func description(requestsPerSecond: Double) -> ClusterDescription {
    var network = SocialNetwork()
    let entryPoints = network.build()
    for index in network.services.indices {
      network.services[index].replicaCount = max(1, Int((requestsPerSecond / 500).rounded(.up)))
      network.services[index].size = ReplicaSize(cpuRequest: 0.5, cpuLimit: 2)
    }
    let nodes = (0..<4).map { SimulatedNode(name: "node-\($0)", cores: 16) }
    return ClusterDescription(
      services: network.services,
      operations: network.operations,
      entryPoints: entryPoints,
      nodes: nodes
    )
  }

  private mutating func operation(
    _ service: String,
    _ microseconds: Int,
    _ stages: [SimulatedStage] = []
  ) -> Int {
    let known = services.firstIndex { $0.name == service }
    if known == nil { services.append(SimulatedService(name: service)) }
    let work = Spread.logNormal(mean: .microseconds(microseconds), variability: 0.5)
    operations.append(
      SimulatedOperation(
        name: "operation-\(operations.count)",
        service: known ?? services.count - 1,
        work: work,
        stages: stages
      )
    )
    return operations.count - 1
  }

  private func call(_ operation: Int, probability: Double = 1) -> SimulatedStage {
    .call(SimulatedCall(operation, retryCount: 1, timeout: .seconds(1)), probability: probability)
  }

  /// A lookup in a cache, and in the database behind it one time in ten.
  private mutating func cached(_ name: String, _ cache: String) -> [SimulatedStage] {
    let hit = call(operation("\(name)-\(cache)", 50))
    return [hit, call(operation("\(name)-mongodb", 400), probability: 0.1)]
  }

  private mutating func build() -> [SimulatedEntryPoint] {
    let readPosts = operation("post-storage-service", 300, cached("post-storage", "memcached"))
    let home = operation(
      "home-timeline-service",
      300,
      [call(operation("home-timeline-redis", 60)), call(readPosts)]
    )
    let user = operation(
      "user-timeline-service",
      300,
      cached("user-timeline", "redis") + [call(readPosts)]
    )
    let compose = buildCompose()
    return [("home-timeline", home, 60.0), ("user-timeline", user, 30), ("compose", compose, 10)]
      .map { name, target, weight in
        let front = operation("nginx-thrift", 200, [call(target)])
        return SimulatedEntryPoint(name: name, operation: front, weight: weight)
      }
  }

  private mutating func buildCompose() -> Int {
    let shorten = operation("url-shorten-service", 200, cached("url-shorten", "memcached"))
    let mention = operation("user-mention-service", 200, cached("user", "memcached"))
    let text = operation("text-service", 500, [.parallel([call(shorten), call(mention)])])
    let person = operation("user-service", 200, cached("user", "memcached"))
    let graph = operation("social-graph-service", 200, cached("social-graph", "redis"))
    let write = operation(
      "write-home-timeline-service",
      300,
      [
        call(operation("write-home-timeline-rabbitmq", 100)), call(graph),
        call(operation("home-timeline-redis", 80)),
      ]
    )
    let first = [
      text, person, operation("unique-id-service", 100), operation("media-service", 150),
    ]
    let second = [
      operation("post-storage-service", 300, [call(operation("post-storage-mongodb", 500))]),
      operation("user-timeline-service", 250, [call(operation("user-timeline-mongodb", 500))]),
      write,
    ]
    return operation(
      "compose-post-service",
      800,
      [.parallel(first.map { call($0) }), .parallel(second.map { call($0) })]
    )
  }
}
