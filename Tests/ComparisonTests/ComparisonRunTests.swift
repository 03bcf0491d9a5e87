import Foundation
import Simulation
import Synchronization
import Testing

@testable import Comparison

@Suite struct ComparisonRunTests {
  /// The records, and how many runs it took to get them.
  private func run(
    _ plan: ComparisonPlan,
    in path: String,
    width: Int = 2
  ) async throws -> (records: [RunRecord], madeCount: Int) {
    let made = Mutex(0)
    let run = ComparisonRun(plan, folder: try RunFolder(path: path), width: width)
    let records = try await run.records { event in
      if case .finished = event { made.withLock { $0 += 1 } }
    }
    return (records, made.withLock(\.self))
  }

  @Test func `finished runs are not made again, and only those`() async throws {
    let folder = TemporaryFolder()
    let plan = try ComparisonPlan.shop()
    let first = try await run(plan, in: folder.path)
    #expect(first.madeCount == 6)
    #expect(first.records.map(\.key) == plan.keys)
    #expect(folder.fileNames == plan.keys.map(\.fileName).sorted())

    let again = try await run(plan, in: folder.path)
    #expect(again.madeCount == 0)
    #expect(again.records == first.records)

    // One file gone, one cut short as a full disk would, and a stranger's left-over beside them.
    let files = plan.keys.map { "\(folder.path)/\($0.fileName)" }
    try FileManager.default.removeItem(atPath: files[1])
    try Data(contentsOf: URL(filePath: files[4])).prefix(100).write(to: URL(filePath: files[4]))
    try Data("{".utf8).write(to: URL(filePath: folder.path + "/.tmp-1"))
    let repaired = try await run(plan, in: folder.path, width: 1)
    #expect(repaired.madeCount == 2)
    #expect(repaired.records == first.records)
  }

  @Test func `a changed load makes new runs beside the old`() async throws {
    let folder = TemporaryFolder()
    let plan = try ComparisonPlan.shop("static,hpa", seedCount: 1)
    let changed = try ComparisonPlan.shop(
      "static,hpa",
      seedCount: 1,
      scenario: .shop(rates: [20, 121])
    )
    #expect(try await run(plan, in: folder.path).madeCount == 2)
    #expect(try await run(changed, in: folder.path).madeCount == 2)
    #expect(folder.fileNames.count == 4)
    #expect(try await run(plan, in: folder.path).madeCount == 0)
  }

  @Test func `another run's file is not taken for this one's`() async throws {
    let folder = TemporaryFolder()
    let plan = try ComparisonPlan.shop("static", seedCount: 2)
    _ = try await run(plan, in: folder.path)
    let files = plan.keys.map { "\(folder.path)/\($0.fileName)" }
    try Data(contentsOf: URL(filePath: files[0])).write(to: URL(filePath: files[1]))
    #expect(try await run(plan, in: folder.path).madeCount == 1)
  }

  @Test func `a folder that cannot be made is named`() throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: folder.path + "/file"))
    let error = #expect(throws: ComparisonError.self) {
      try RunFolder(path: folder.path + "/file/runs")
    }
    #expect(error?.description.hasSuffix("/file/runs cannot be written: not a directory") == true)
  }

  @Test func `the oracle keeps the promise where a fixed size breaks it`() async throws {
    let folder = TemporaryFolder()
    let plan = try ComparisonPlan.shop("static,oracle", seedCount: 2)
    let records = try await run(plan, in: folder.path).records
    let standings = ComparisonReport(plan, records, command: "").standings
    let shares = try standings.summaries.map { try #require($0.keptWindows).mean }
    #expect(shares[0] < shares[1])
    #expect(standings.winner?.choice.text == "static")
    #expect(standings.bound?.choice.text == "oracle")
    #expect(standings.summaries.allSatisfy { $0.coreHours.mean > 0 && $0.cost.mean > 0 })
  }
}
