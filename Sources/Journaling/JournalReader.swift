import Applications
package import Control
import Foundation
import GRDB

/// Reads what a journal has kept.
package struct JournalReader: Sendable {
  /// What is looked for.
  package struct Query: Sendable {
    /// Nil for every service.
    package var service: String?
    /// Seconds since the world began.
    package var seconds: ClosedRange<Double>
    /// The newest of these, in the order of time.
    package var limit: Int
    /// Whether decisions to leave things as they are, and ignored signals, are wanted too.
    package var includesHolds: Bool

    package init(
      service: String? = nil,
      seconds: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude,
      limit: Int = 50,
      includesHolds: Bool = false
    ) {
      self.service = service
      self.seconds = seconds
      self.limit = limit
      self.includesHolds = includesHolds
    }
  }

  /// One run of a control loop.
  package struct Run: Hashable, Sendable {
    package var id: Int64
    package var application: String
    package var world: String
    package var startedAt: String
    package var decisionCount: Int
  }

  private let file: JournalFile

  package init(path: String) throws(JournalError) {
    guard FileManager.default.fileExists(atPath: path) else { throw .notFound(path: path) }
    do {
      file = try JournalFile(path: path, isReadOnly: true)
      let isJournal = try file.queue.read { try $0.tableExists("decision") }
      guard isJournal else { throw JournalError.notAJournal(path: path) }
    } catch {
      throw error as? JournalError ?? .unreadable(path: path, reason: "\(error)")
    }
  }

  /// Every run in the file, oldest first.
  package func runs() throws(JournalError) -> [Run] {
    try read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT run.*, (SELECT count(*) FROM decision WHERE decision.run = run.id) AS count
          FROM run ORDER BY id
          """
      ).map { row in
        Run(
          id: row["id"],
          application: row["application"],
          world: row["world"],
          startedAt: row["started_at"],
          decisionCount: row["count"]
        )
      }
    }
  }

  /// The newest decisions of a run that match, in the order of time, each with what it did.
  package func explanations(
    of run: Int64,
    matching query: Query
  ) throws(JournalError) -> [Explanation] {
    try read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT decision.*, outcome.body AS outcome FROM decision
          LEFT JOIN outcome ON outcome.run = decision.run AND outcome.tick = decision.tick
            AND outcome.service = decision.service AND decision.kind = 'action'
          WHERE decision.run = ? AND decision.seconds BETWEEN ? AND ?
            AND (? IS NULL OR decision.service = ?) AND (? OR decision.kind = 'action')
          ORDER BY decision.id DESC LIMIT ?
          """,
        arguments: [
          run, query.seconds.lowerBound, query.seconds.upperBound, query.service, query.service,
          query.includesHolds, query.limit,
        ]
      )
      return try rows.reversed().map(Self.explanation)
    }
  }

  private static func explanation(_ row: Row) throws -> Explanation {
    let outcome: String? = row["outcome"]
    return Explanation(
      time: .seconds(row["seconds"] as Double),
      policy: row["policy"],
      mode: Guardrails.Mode(rawValue: row["mode"]) ?? .act,
      matter: try JournalFile.decode(Explanation.Matter.self, from: row["body"]),
      outcome: try outcome.map { try JournalFile.decode(Outcome.self, from: $0) }
    )
  }

  private func read<Value>(_ body: (Database) throws -> Value) throws(JournalError) -> Value {
    do {
      return try file.queue.read(body)
    } catch {
      throw .unreadable(path: file.queue.path, reason: "\(error)")
    }
  }
}

/// Why a journal cannot be read.
package enum JournalError: Error, Hashable, CustomStringConvertible {
  case notFound(path: String)
  case notAJournal(path: String)
  case unreadable(path: String, reason: String)

  package var description: String {
    switch self {
    case .notFound(let path): "there is no journal at \(path)"
    case .notAJournal(let path): "\(path) is a database, but no journal of decisions"
    case .unreadable(let path, let reason): "the journal \(path) cannot be read: \(reason)"
    }
  }
}
