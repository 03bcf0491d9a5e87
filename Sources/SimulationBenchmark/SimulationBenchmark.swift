import Applications
import Foundation
import Simulation

/// Measures the simulated world: spans per second, and memory over a week.
///
/// A span is a request to one service with everything that belongs to it: network, balancing, queueing, quota,
/// telemetry. The control loop's share is in it as an observation every 15 s.
@main
struct SimulationBenchmark {
  static func main() throws {
    guard let path = CommandLine.arguments.dropFirst().first else {
      print("usage: SimulationBenchmark APP.YAML")
      exit(2)
    }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let application = try Application(parsing: text)
    hour(of: try application.sized(for: 1000))
    week(of: try application.sized(for: 10))
  }

  /// An hour of 1,000 requests per second.
  private static func hour(of application: Application) {
    let world = SimulatedWorld(application, load: .constant(1000), seed: 1)
    let seconds = measure {
      for time in stride(from: 15, through: 3600, by: 15) { _ = world.observe(at: .seconds(time)) }
    }
    let spanCount = world.cluster.endedSpanCount
    print(
      "hour at 1000 requests/s, \(application.services.count) services,",
      "\(application.services.reduce(0) { $0 + $1.replicas.initial }) replicas:",
      "\(seconds) s, \(spanCount) spans, \(Int(Double(spanCount) / seconds)) spans/s,",
      "resident \(residentKilobytes()) kB"
    )
  }

  /// A week of 10 requests per second: memory at the end of each day.
  private static func week(of application: Application) {
    let world = SimulatedWorld(application, load: .constant(10), seed: 1)
    var resident: [Int] = []
    let seconds = measure {
      for time in stride(from: 15, through: 7 * 86_400, by: 15) {
        _ = world.observe(at: .seconds(time))
        if time % 86_400 == 0 { resident.append(residentKilobytes()) }
      }
    }
    print(
      "week at 10 requests/s: \(seconds) s, \(world.cluster.endedSpanCount) spans,",
      "resident at the end of each day: \(resident) kB"
    )
  }

  private static func measure(_ work: () -> Void) -> Double {
    (ContinuousClock().measure(work) / .milliseconds(1)).rounded() / 1000
  }

  /// This process's resident memory, as the kernel counts it.
  private static func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
  }
}

extension Application {
  /// With as many replicas as keep every service below 60 % of its quota at this rate.
  fileprivate func sized(for requestsPerSecond: Double) throws -> Application {
    var sized = self
    let graph = try CallGraph(self)
    let visits = graph.visits(of: entryPoints)
    for (index, service) in services.enumerated() {
      let cores = zip(graph.nodes, visits).reduce(0) { sum, visit in
        guard visit.0.service == service.name else { return sum }
        let work = service.operation(visit.0.operation)?.work.cpu ?? .zero
        return sum + visit.1 * requestsPerSecond * work.seconds
      }
      let count = max(1, Int((cores / (0.6 * service.resources.limits.cpu.cores)).rounded(.up)))
      sized.spec.services[index].replicas.initial = count
      sized.spec.services[index].replicas.maximum = max(count, service.replicas.maximum)
    }
    return sized
  }
}
