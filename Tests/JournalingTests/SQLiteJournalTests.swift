import Applications
import Control
import Foundation
import Journaling
import Synchronization
import Testing

struct SQLiteJournalTests {
  @Test func `every decision is read back with its reason and what it did afterwards`() async throws
  {
    try await withJournal { journal, path, _ in
      await journal.record(Self.entry(tick: 0, service: "web", replicas: 5))
      await journal.record(Self.entry(tick: 1, service: "cart", replicas: 3))
      let change = Outcome.Change(subject: "web", name: .latencyP95, before: 0.12, after: 0.04)
      await journal.record(Outcome(tick: 0, service: "web", time: .seconds(90), changes: [change]))
      let reader = try JournalReader(path: path)
      let run = try #require(try reader.runs().first)
      #expect(run.application == "shop" && run.world == "simulated" && run.decisionCount == 2)
      let all = try reader.explanations(of: run.id, matching: .init())
      #expect(all.map(\.time) == [.zero, .seconds(15)])
      #expect(all[0].outcome?.changes == [change] && all[1].outcome == nil)
      let text = try #require(
        try reader.explanations(of: run.id, matching: .init(service: "web")).first?.description
      )
      #expect(
        text == """
          00:00:00  hpa  web  3 → 5 replicas  done
              because: CPU at 84 % of the request
              numbers: utilisation 0.84, target 0.6
              evidence: cpuUsage 420m over 15s, 2s old
              guardrail rateCap: 9 → 5 replicas: at most 2 more within 15s
              afterwards, at 00:01:30: latencyP95 of web 120ms → 40ms
          """
      )
    }
  }

  @Test func `time, number and kind narrow what is shown`() async throws {
    try await withJournal { journal, path, _ in
      for tick in 0..<20 {
        var entry = Self.entry(tick: tick, service: "web", replicas: 3 + tick)
        entry.holds = [Decision.Hold("cart", because: Reason("within tolerance"))]
        await journal.record(entry)
      }
      let reader = try JournalReader(path: path)
      let run = try #require(try reader.runs().first?.id)
      let late = try reader.explanations(of: run, matching: .init(seconds: 120...150))
      #expect(late.map(\.time) == [.seconds(120), .seconds(135), .seconds(150)])
      let newest = try reader.explanations(of: run, matching: .init(limit: 2, includesHolds: true))
      #expect(newest.map { $0.description.contains("held") } == [false, true])
    }
  }

  @Test func `a file that is no journal is set aside, and the loop never notices`() async throws {
    try await withJournal { journal, path, reports in
      try Data("this was a journal once".utf8).write(to: URL(filePath: path))
      await journal.record(Self.entry(tick: 0, service: "web", replicas: 5))
      await journal.record(Self.entry(tick: 1, service: "web", replicas: 6))
      let reader = try JournalReader(path: path)
      let run = try #require(try reader.runs().first?.id)
      #expect(try reader.explanations(of: run, matching: .init()).count == 2)
      let aside = try String(contentsOfFile: "\(path).broken-1", encoding: .utf8)
      #expect(aside == "this was a journal once")
      #expect(reports.words.contains { $0.contains("broken-1") })
    }
  }

  @Test func `a full file loses its oldest decisions, not the newest`() async throws {
    try await withJournal(maximumSize: .kibibytes(256)) { journal, path, _ in
      for tick in 0..<2000 {
        await journal.record(Self.entry(tick: tick, service: "web", replicas: 5))
      }
      let reader = try JournalReader(path: path)
      let run = try #require(try reader.runs().first)
      #expect((20..<1000).contains(run.decisionCount), "\(run.decisionCount)")
      let newest = try reader.explanations(of: run.id, matching: .init(limit: 1))
      #expect((newest.first?.time ?? .zero) >= .seconds(15 * 1998))
      #expect(await journal.lostCount == 0)
    }
  }

  @Test func `while nothing can be written entries wait, and the surplus is counted`() async throws
  {
    let reports = Reports()
    let journal = SQLiteJournal(
      .init(
        path: "/nonexistent/folder/journal.sqlite",
        application: "shop",
        world: "local",
        startedAt: "",
        maximumWaitingCount: 10
      ),
      report: { reports.add($0) }
    )
    for tick in 0..<25 {
      await journal.record(Self.entry(tick: tick, service: "web", replicas: 5))
    }
    #expect(await journal.waitingCount == 10)
    #expect(await journal.lostCount == 15)
    #expect(reports.words.count == 1)
  }

  @Test func `what is no journal is refused in words`() throws {
    let path = NSTemporaryDirectory() + "not-a-journal-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: JournalError.notFound(path: path)) { try JournalReader(path: path) }
    try Data(repeating: 7, count: 9000).write(to: URL(filePath: path))
    #expect(throws: JournalError.self) { try JournalReader(path: path) }
  }

  private func withJournal(
    maximumSize: ByteCount = .gibibytes(1),
    _ body: (SQLiteJournal, String, Reports) async throws -> Void
  ) async throws {
    let folder = NSTemporaryDirectory() + "journal-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let reports = Reports()
    let path = folder + "/journal.sqlite"
    let journal = SQLiteJournal(
      .init(
        path: path,
        application: "shop",
        world: "simulated",
        startedAt: "2026-11-25",
        maximumSize: maximumSize
      ),
      report: { reports.add($0) }
    )
    try await body(journal, path, reports)
  }

  private final class Reports: Sendable {
    private let list = Mutex<[String]>([])
    var words: [String] { list.withLock { $0 } }
    func add(_ words: String) { list.withLock { $0.append(words) } }
  }

  private static func entry(tick: Int, service: ServiceName, replicas: Int) -> JournalEntry {
    let signal = Signal(420, .millicores, window: .seconds(15), age: .seconds(2))
    let reason = Reason(
      "CPU at 84 % of the request",
      numbers: [.init("utilisation", 0.84, .ratio), .init("target", 0.6, .ratio)],
      evidence: [.init(.cpuUsage, signal)]
    )
    let before = ServiceObservation(desiredReplicaCount: 3, resources: Resources())
    let verdict = Verdict(
      proposed: Action(service, replicaCount: 9, because: reason),
      permitted: Action(service, replicaCount: replicas, because: reason),
      amendments: [Amendment(.rateCap, "9 → 5 replicas: at most 2 more within 15s")],
      before: Verdict.Standing(before),
      result: .done
    )
    return JournalEntry(
      tick: tick,
      time: .seconds(15 * tick),
      policy: "hpa",
      mode: .act,
      verdicts: [verdict]
    )
  }
}
