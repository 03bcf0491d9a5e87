import Applications
import AsyncHTTPClient
import Comparison
import LoadGeneration
import NIOCore
import NIOHTTP1
import Simulation

/// The requests of one run, at every entry point as often as its weight says.
struct TrialLoad: Sendable {
  let scenario: Scenario
  let seed: UInt64
  let port: Int

  private static let timeout = Duration.seconds(30)

  /// Sends everything and returns once all of it has ended.
  func send(to record: TrialRecord) async throws {
    let entries = scenario.application.entryPoints
    let total = entries.reduce(0) { $0 + $1.weight }
    try await LoadClient.with(connectionLimit: 1024, timeout: Self.timeout) { client in
      let loop = OpenLoop(start: .now, thread: client.thread)
      await withDiscardingTaskGroup { tasks in
        for (place, entry) in entries.enumerated() where entry.weight > 0 {
          let profile = profile(share: entry.weight / total)
          // Entry points arrive independently of each other.
          let arrivals = ArrivalTimes(.poisson, profile, seed: seed &* 1000 &+ UInt64(place))
          let url = "http://127.0.0.1:\(port)/\(entry.name)"
          tasks.addTask {
            await loop.run(arrivals, at: \.self) { due in
              let request = HTTPClientRequest(url: url)
              let ending = await client.perform(request, due: due, within: Self.timeout, loop)
              record.end(at: place, due: due, isFailed: !ending.isSuccess, now: loop.now)
            }
          }
        }
      }
    }
  }

  private func profile(share: Double) -> RateProfile {
    let load = scenario.load
    let count = Int((scenario.duration / load.step).rounded(.up))
    let stairs = (0..<max(1, count)).map { number in
      let rate = load.requestsPerSecond[min(number, load.requestsPerSecond.count - 1)]
      return RateProfile.Stair(duration: load.step, rate: rate * share)
    }
    return RateProfile(stairs: stairs).prefix(scenario.duration)
  }
}
