package import Control
package import Simulation

/// Makes the runs of a plan that a folder does not hold yet, a few at a time.
package struct ComparisonRun: Sendable {
  package let plan: ComparisonPlan
  package let folder: RunFolder
  /// Runs at the same time.
  package let width: Int
  private let perform: Performance

  /// Makes one run of a scenario in its world.
  package typealias Performance =
    @Sendable (Scenario, UInt64, any Policy, any Journal) async throws -> SimulationReport

  /// How far it is: runs that were there before, that were made, and that are wanted in all.
  package enum Event: Sendable {
    case resumed(count: Int, of: Int)
    /// A run under way reached this part of its duration.
    case advanced(RunKey, fraction: Double)
    case finished(RunKey)
  }

  /// A comparison whose runs are made by `perform`; in the simulated world if it is left out.
  package init(
    _ plan: ComparisonPlan,
    folder: RunFolder,
    width: Int,
    perform: @escaping Performance = { scenario, seed, policy, journal in
      await scenario.run(seed: seed).run(policy: policy, journal: journal)
    }
  ) {
    precondition(width > 0, "\(width) runs at a time")
    self.plan = plan
    self.folder = folder
    self.width = width
    self.perform = perform
  }

  /// All records in the plan's order; each run is saved as soon as it ends.
  package func records(report: @escaping @Sendable (Event) -> Void) async throws -> [RunRecord] {
    let keys = plan.keys
    var records = Dictionary(
      uniqueKeysWithValues: keys.compactMap { key in folder[key].map { (key, $0) } }
    )
    report(.resumed(count: records.count, of: keys.count))
    var waiting = keys.filter { records[$0] == nil }[...]
    try await withThrowingTaskGroup(of: RunRecord.self) { tasks in
      let startNext = { (tasks: inout ThrowingTaskGroup<RunRecord, any Error>) in
        guard let key = waiting.popFirst() else { return }
        tasks.addTask { try await record(of: key, report: report) }
      }
      for _ in 0..<width { startNext(&tasks) }
      while let record = try await tasks.next() {
        records[record.key] = record
        startNext(&tasks)
      }
    }
    return keys.compactMap { records[$0] }
  }

  @concurrent
  private func record(
    of key: RunKey,
    report: @escaping @Sendable (Event) -> Void
  ) async throws -> RunRecord {
    let policy = try plan.policy(key.policy, seed: key.seed)
    let duration = plan.scenario.duration
    let journal = CountingJournal { report(.advanced(key, fraction: $0 / duration)) }
    let result = try await perform(plan.scenario, key.seed, policy, journal)
    let record = RunRecord(key, result, changeCount: journal.changeCount)
    try folder.save(record)
    report(.finished(key))
    return record
  }
}

/// Counts what was changed, and tells how far a run is.
private final class CountingJournal: Journal {
  private(set) var changeCount = 0
  private let advance: (Duration) -> Void

  init(advance: @escaping (Duration) -> Void) { self.advance = advance }

  func record(_ entry: JournalEntry) {
    changeCount += entry.verdicts.count { $0.permitted != nil }
    advance(entry.time)
  }

  func record(_ outcome: Outcome) {}
}
