import Applications
import Randomness
import Simulation

/// What happens to an application that was calm.
enum Disturbance: CaseIterable {
  /// Three times the load for five minutes.
  case burst
  /// Twice the load from then on.
  case step
  /// The busiest service's requests take half as much work again.
  case image

  var words: String {
    switch self {
    case .burst: "3× burst"
    case .step: "2× step"
    case .image: "image 1.5× slower"
    }
  }

  /// How long it lasts, in seconds; what a policy does after a burst is not looked at.
  var length: Int {
    switch self {
    case .burst: 300
    case .step, .image: 600
    }
  }

  private var loadFactor: Double {
    switch self {
    case .burst: 3
    case .step: 2
    case .image: 1
    }
  }

  /// A run in which it happens, and when: after ten calm minutes and up to another, drawn by the seed.
  func run(_ application: Application, rate: Double, seed: UInt64) -> (SimulationRun, onset: Int) {
    var generator = SplitMix64(seed: seed)
    let onset = 600 + Int.random(in: 0..<60, using: &generator)
    let load = RateTrace(
      step: .seconds(1),
      requestsPerSecond: Array(repeating: rate, count: onset)
        + Array(repeating: rate * loadFactor, count: length)
    )
    var run = SimulationRun(application, load: load, seed: seed)
    if self == .image {
      let fault = FaultPlan.Fault.rework(service: application.busiestService, to: 1.5)
      run.faults.timed.append(.init(at: .seconds(onset), fault))
    }
    return (run, onset)
  }
}

extension Application {
  /// The service that uses most CPU per request to the application.
  fileprivate var busiestService: Int {
    guard let graph = try? CallGraph(self) else { return 0 }
    let visits = graph.visits(of: entryPoints)
    let cores = services.map { service in
      zip(graph.nodes, visits).reduce(0) { sum, visit in
        guard visit.0.service == service.name else { return sum }
        return sum + visit.1 * (service.operation(visit.0.operation)?.work.cpu.seconds ?? 0)
      }
    }
    return cores.indices.max { cores[$0] < cores[$1] } ?? 0
  }
}
