import Applications
import OrderedCollections
import Randomness

/// A document that uses every key.
let fullDocument = """
  apiVersion: plimsoll.dev/v1alpha1
  kind: Application
  metadata:
    name: shop
    namespace: default
    labels: {team: core}
    annotations: {note: "12"}
  spec:
    entryPoints:
    - name: browse
      service: web
      operation: GET /browse
      weight: 3
      slo: {quantile: 0.99, bound: 250ms, window: 2m}
    - {name: ask, service: web, operation: ask}
    services:
    - name: web
      command:
        arguments: [./web, --fast, "1"]
        environment: {MODE: "on"}
        healthPath: /healthz
      resources:
        requests: {cpu: 250m, memory: 64Mi}
        limits: {cpu: 1, memory: 128Mi}
      replicas: {initial: 2, min: 1, max: 8}
      startupTime: 2s
      drainTime: 20s
      concurrency: 64
      queueLength: 10
      cost: {perReplicaHour: 0.01, perCoreHour: 0.05, perGibibyteHour: 0.005}
      operations:
      - name: GET /browse
        work: {cpu: 3ms, variability: 0.8, payload: 12Ki}
        calls:
        - {service: cart, operation: read, probability: 0.4, count: 2, retries: 3, timeout: 100ms}
        - probability: 0.9
          parallel:
          - {service: cart, operation: read}
          - probability: 0.5
            sequence:
            - {service: cart, operation: read}
            - {service: cart, operation: read}
      - name: ask
        calls:
        - {service: model, operation: chat}
    - name: cart
      operations:
      - name: read
    - name: model
      llm:
        model: tales-10m-moe
        weights: int4
        classes:
        - name: chat
          promptTokens: {mean: 300, variability: 0.5}
          outputTokens: {mean: 80}
          timeToFirstToken: 500ms
          timePerOutputToken: 50ms
        speed: {prefill: 800, decode: 90, batch: 8}
    nodes:
    - {name: small, count: 3, cpu: 4, memory: 16Gi, speed: 1.2}

  """

extension Application {
  /// An application made by chance: calls go from earlier services to later ones, so that none goes in a circle.
  static func random(using generator: inout SplitMix64) -> Application {
    let count = Int.random(in: 1...6, using: &generator)
    let services = (0..<count).map { index in
      Service.random(index, of: count, using: &generator)
    }
    let entryPoints = (0..<Int.random(in: 1...3, using: &generator)).map { index in
      EntryPoint(
        name: EntryPointName("entry-\(index)"),
        service: services[0].name,
        operation: services[0].operations[0].name,
        weight: Double.random(in: 0.1...9, using: &generator),
        slo: Bool.random(using: &generator)
          ? nil
          : SLO(quantile: 0.9, bound: .milliseconds(Int.random(in: 1...900, using: &generator)))
      )
    }
    return Application(
      metadata: Metadata(name: "random", labels: ["on": "yes", "n": "1"]),
      spec: Spec(entryPoints: entryPoints, services: services)
    )
  }
}

extension Application.Service {
  fileprivate static func random(
    _ index: Int,
    of count: Int,
    using generator: inout SplitMix64
  ) -> Application.Service {
    var service = Application.Service(name: ServiceName("s\(index)"))
    service.replicas.maximum = Int.random(in: 2...20, using: &generator)
    service.replicas.initial = Int.random(in: 1...2, using: &generator)
    service.startupTime = .milliseconds(Int.random(in: 0...90_000, using: &generator))
    service.resources.requests.cpu = Millicores(Int.random(in: 1...500, using: &generator))
    service.resources.limits.memory = ByteCount(
      Int.random(in: (64 << 20)...(1 << 33), using: &generator)
    )
    service.cost.perCoreHour = Double.random(in: 0...1, using: &generator)
    service.operations = ["read", "GET /a: b", "yes", "#4"].prefix(
      Int.random(in: 1...4, using: &generator)
    )
    .map { name in
      Application.Operation(
        name: OperationName(name),
        work: Application.Work(
          cpu: .microseconds(Int.random(in: 0...9000, using: &generator)),
          variability: Double.random(in: 0...3, using: &generator)
        ),
        calls: (0..<Int.random(in: 0...3, using: &generator)).compactMap { _ in
          Application.CallStage.random(after: index, of: count, depth: 2, using: &generator)
        }
      )
    }
    return service
  }
}

extension Application.CallStage {
  fileprivate static func random(
    after index: Int,
    of count: Int,
    depth: Int,
    using generator: inout SplitMix64
  ) -> Application.CallStage? {
    guard index + 1 < count else { return nil }
    let probability = Double.random(in: 0...1, using: &generator)
    func inner(_ generator: inout SplitMix64) -> [Application.CallStage] {
      var stages: [Application.CallStage] = []
      for _ in 0..<2 {
        let stage = random(after: index, of: count, depth: depth - 1, using: &generator)
        if let stage { stages.append(stage) }
      }
      return stages
    }
    switch depth > 0 ? Int.random(in: 0..<4, using: &generator) : 3 {
    case 0: return .sequence(inner(&generator), probability: probability)
    case 1: return .parallel(inner(&generator), probability: 1)
    default:
      let callee = Int.random(in: (index + 1)..<count, using: &generator)
      return .call(
        Application.Call(
          service: ServiceName("s\(callee)"),
          operation: "read",
          probability: probability,
          count: Int.random(in: 1...3, using: &generator),
          retries: Int.random(in: 0...2, using: &generator),
          timeout: Bool.random(using: &generator) ? nil : .milliseconds(250)
        )
      )
    }
  }
}
