import Applications
import Control
import Glibc
import Testing
import WorldConformance

@testable import LocalCluster

/// What every world owes the controller, checked in real time: minutes, so only when it is asked for.
@Suite(
  .serialized,
  .enabled(
    if: getenv("PLIMSOLL_WORLD_CHECKS") != nil,
    "takes three minutes of real time; make test-local-world runs it"
  )
)
struct ConformanceTests {
  /// A town whose time passes under load.
  private struct BusyTown: ConformingWorld {
    let town: Town
    var application: Application { town.cluster.application }

    func pass(_ duration: Duration) async -> Duration {
      let end = town.cluster.now + duration
      while town.cluster.now < end { _ = try? await town.get("/front") }
      return town.cluster.now
    }

    func observe(at now: Duration) async -> Observation { await town.cluster.observe(at: now) }

    func apply(_ actions: [Action], at now: Duration) async -> [ActionResult] {
      await town.cluster.apply(actions, at: now)
    }
  }

  @Test(arguments: WorldConformance.checks.map(\.name))
  func `the local world conforms`(name: String) async throws {
    let check = try #require(WorldConformance.checks.first { $0.name == name }).check
    try await Town.with { town in
      try await town.untilReady()
      #expect(await check(BusyTown(town: town)) == [])
    }
  }
}
