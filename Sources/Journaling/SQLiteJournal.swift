package import Control
package import Applications
import Foundation
import GRDB

/// Keeps decisions in an SQLite file, and never stands in the way of a control loop.
///
/// What cannot be written waits in memory and is tried again with the next entry; when too much waits, the
/// oldest is dropped and counted. A file that is no journal is set aside and a new one begun.
package actor SQLiteJournal: Journal {
  /// Where and of what.
  package struct Configuration: Sendable {
    package var path: String
    package var application: String
    /// Which world decides: `simulated`, `local`, `kubernetes`.
    package var world: String
    /// The moment at which the world began, as a person writes it.
    package var startedAt: String
    /// The largest the file may become; the oldest decisions make room.
    package var maximumSize: ByteCount
    /// Entries and outcomes that wait in memory while the file cannot be written.
    package var maximumWaitingCount: Int

    package init(
      path: String,
      application: String,
      world: String,
      startedAt: String,
      maximumSize: ByteCount = .gibibytes(1),
      maximumWaitingCount: Int = 10_000
    ) {
      self.path = path
      self.application = application
      self.world = world
      self.startedAt = startedAt
      self.maximumSize = maximumSize
      self.maximumWaitingCount = maximumWaitingCount
    }
  }

  private enum Item: Sendable {
    case entry(JournalEntry)
    case outcome(Outcome)
  }

  private let configuration: Configuration
  private let report: @Sendable (String) -> Void
  private var file: JournalFile?
  private var run: Int64 = 0
  private var waiting: [Item] = []
  private var isFailing = false
  /// Entries and outcomes that were dropped.
  package private(set) var lostCount = 0

  /// A journal that opens its file with the first entry, and again with every entry while that fails.
  ///
  /// `report` gets one sentence for a person when something goes wrong or is well again.
  package init(_ configuration: Configuration, report: @escaping @Sendable (String) -> Void) {
    self.configuration = configuration
    self.report = report
  }

  package func record(_ entry: JournalEntry) { keep(.entry(entry)) }

  package func record(_ outcome: Outcome) { keep(.outcome(outcome)) }

  /// How much waits to be written.
  package var waitingCount: Int { waiting.count }

  private func keep(_ item: Item) {
    waiting.append(item)
    do {
      try write()
      if isFailing { report("the journal \(configuration.path) is written again") }
      isFailing = false
    } catch {
      recover(from: error)
    }
    let surplus = waiting.count - configuration.maximumWaitingCount
    guard surplus > 0 else { return }
    waiting.removeFirst(surplus)
    lostCount += surplus
  }

  private func write() throws {
    let file = try opened()
    let (items, run) = (waiting, run)
    try file.queue.write { database in
      for item in items {
        switch item {
        case .entry(let entry): try database.insert(entry, run: run)
        case .outcome(let outcome): try database.insert(outcome, run: run)
        }
      }
    }
    waiting.removeAll()
  }

  private func opened() throws -> JournalFile {
    if let file { return file }
    let opened = try JournalFile(
      path: configuration.path,
      maximumSize: configuration.maximumSize.bytes
    )
    run = try opened.queue.write { [configuration] database in
      try database.execute(
        sql: "INSERT INTO run (application, world, started_at) VALUES (?, ?, ?)",
        arguments: [configuration.application, configuration.world, configuration.startedAt]
      )
      return database.lastInsertedRowID
    }
    file = opened
    return opened
  }

  /// Makes room in a full file, sets a broken one aside; whatever it is, the loop goes on.
  private func recover(from error: any Error) {
    if !isFailing { report("the journal \(configuration.path) cannot be written: \(error)") }
    isFailing = true
    switch (error as? DatabaseError)?.resultCode {
    case .SQLITE_FULL: makeRoom()
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: setAside()
    default: break
    }
  }

  /// Drops the oldest fifth; the entry that waits is written with the next one.
  private func makeRoom() {
    do {
      try file?.queue.write { database in
        try database.execute(
          sql: """
            DELETE FROM decision WHERE id <= (
              SELECT min(id) + (max(id) - min(id)) / 5 FROM decision)
            """
        )
        try database.execute(
          sql: """
            DELETE FROM outcome WHERE NOT EXISTS (
              SELECT 1 FROM decision
              WHERE decision.run = outcome.run AND decision.tick = outcome.tick)
            """
        )
      }
    } catch {
      report("no room can be made in the journal \(configuration.path): \(error)")
    }
  }

  /// Renames a file that is no journal, so that the next entry begins a new one and nothing is destroyed.
  private func setAside() {
    try? file?.queue.close()
    file = nil
    let files = FileManager.default
    var number = 1
    while files.fileExists(atPath: "\(configuration.path).broken-\(number)") { number += 1 }
    do {
      let aside = "\(configuration.path).broken-\(number)"
      try files.moveItem(atPath: configuration.path, toPath: aside)
      for suffix in ["-wal", "-shm"] { try? files.removeItem(atPath: configuration.path + suffix) }
      report("the journal was damaged; it is kept as \(aside) and a new one is begun")
    } catch {
      report("the damaged journal \(configuration.path) cannot be set aside: \(error)")
    }
  }
}

extension Database {
  fileprivate func insert(_ entry: JournalEntry, run: Int64) throws {
    for verdict in entry.verdicts {
      try insert(
        .action(verdict),
        of: entry,
        run: run,
        service: verdict.proposed.service.rawValue,
        counts: (verdict.before?.replicaCount, verdict.permitted?.replicaCount),
        words: verdict.proposed.reason.words
      )
    }
    for hold in entry.holds {
      try insert(
        .hold(hold),
        of: entry,
        run: run,
        service: hold.service.rawValue,
        words: hold.reason.words
      )
    }
    for words in entry.complaints {
      try insert(.complaint(words), of: entry, run: run, words: words)
    }
  }

  private func insert(
    _ matter: Explanation.Matter,
    of entry: JournalEntry,
    run: Int64,
    service: String? = nil,
    counts: (before: Int?, after: Int?) = (nil, nil),
    words: String
  ) throws {
    try execute(
      sql: """
        INSERT INTO decision (run, tick, seconds, policy, mode, kind, service, replicas_before,
          replicas_after, words, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        run, entry.tick, entry.time.seconds, entry.policy, entry.mode.rawValue, matter.kind,
        service,
        counts.before, counts.after, words, try JournalFile.encode(matter),
      ]
    )
  }

  fileprivate func insert(_ outcome: Outcome, run: Int64) throws {
    try execute(
      sql:
        "INSERT OR REPLACE INTO outcome (run, tick, service, seconds, body) VALUES (?, ?, ?, ?, ?)",
      arguments: [
        run, outcome.tick, outcome.service.rawValue, outcome.time.seconds,
        try JournalFile.encode(outcome),
      ]
    )
  }
}

extension Explanation.Matter {
  fileprivate var kind: String {
    switch self {
    case .action: "action"
    case .hold: "hold"
    case .complaint: "complaint"
    }
  }
}
