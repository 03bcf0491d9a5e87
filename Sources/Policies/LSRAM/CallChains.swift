import Applications
import OrderedCollections

/// The ways through an application that an entry point's budget has to cover: how often each service is passed in turn.
///
/// Calls in sequence add up; of parallel branches each makes a chain of its own. A call counts in full where it is made by more
/// requests than the promise may leave out, and not at all where it is rarer.
struct CallChains: Hashable, Sendable {
  /// Calls one after the other by service, at least one chain.
  private(set) var counts: [OrderedDictionary<ServiceName, Double>]

  /// More chains than this are joined by their larger counts, which asks for too much rather than too little.
  private static let limit = 32

  init(from entryPoint: Application.EntryPoint, in application: Application) {
    var walk = Walk(application, rarest: 1 - (entryPoint.slo?.quantile ?? 0.95))
    let start = CallGraph.Node(service: entryPoint.service, operation: entryPoint.operation)
    counts = walk.chains(from: start)
  }

  /// Descends the calls, each operation once.
  private struct Walk {
    typealias Chain = OrderedDictionary<ServiceName, Double>

    private let operations: [CallGraph.Node: Application.Operation]
    private let rarest: Double
    private var known: [CallGraph.Node: [Chain]] = [:]

    init(_ application: Application, rarest: Double) {
      self.rarest = rarest
      operations = Dictionary(
        application.services.flatMap { service in
          service.operations.map {
            (CallGraph.Node(service: service.name, operation: $0.name), $0)
          }
        },
        uniquingKeysWith: { first, _ in first }
      )
    }

    mutating func chains(from node: CallGraph.Node) -> [Chain] {
      if let chains = known[node] { return chains }
      let below = sequence(operations[node]?.calls ?? [], probability: 1)
      let chains = CallChains.limited(below.map { Self.sum($0, [node.service: 1]) })
      known[node] = chains
      return chains
    }

    private mutating func sequence(
      _ stages: [Application.CallStage],
      probability: Double
    ) -> [Chain] {
      stages.reduce([[:]]) { chains, stage in
        let next = self.chains(of: stage, probability: probability)
        return CallChains.limited(chains.flatMap { chain in next.map { Self.sum(chain, $0) } })
      }
    }

    /// An empty chain for a stage that is too rare to count.
    private mutating func chains(
      of stage: Application.CallStage,
      probability: Double,
      inParallel: Bool = false
    ) -> [Chain] {
      switch stage {
      case .call(let call):
        guard probability * call.probability > rarest else { return [[:]] }
        let callee = CallGraph.Node(service: call.service, operation: call.operation)
        let times = inParallel ? 1 : Double(call.count)
        return chains(from: callee).map { $0.mapValues { $0 * times } }
      case .sequence(let stages, let own):
        return sequence(stages, probability: probability * own)
      case .parallel(let stages, let own):
        let branches = stages.flatMap {
          self.chains(of: $0, probability: probability * own, inParallel: true)
        }
        return CallChains.limited(branches.isEmpty ? [[:]] : branches)
      }
    }

    private static func sum(_ first: Chain, _ second: Chain) -> Chain {
      first.merging(second, uniquingKeysWith: +)
    }
  }

  /// Without chains that another covers; joined into one where too many are left.
  private static func limited(
    _ chains: [OrderedDictionary<ServiceName, Double>]
  ) -> [OrderedDictionary<ServiceName, Double>] {
    var kept: [OrderedDictionary<ServiceName, Double>] = []
    for chain in chains where !kept.contains(where: { $0.covers(chain) }) {
      kept.removeAll { chain.covers($0) }
      kept.append(chain)
    }
    guard kept.count > limit else { return kept }
    return [kept.reduce([:]) { $0.merging($1, uniquingKeysWith: max) }]
  }
}

extension OrderedDictionary<ServiceName, Double> {
  fileprivate func covers(_ other: Self) -> Bool {
    other.allSatisfy { self[$0.key, default: 0] >= $0.value }
  }
}
