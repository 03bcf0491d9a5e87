import Foundation
import GRDB

/// The file behind a journal: its tables, and the bytes that go into them.
struct JournalFile {
  let queue: DatabaseQueue

  /// Opens or makes the file; beyond `maximumSize` bytes writing fails as on a full disk.
  init(path: String, maximumSize: Int? = nil, isReadOnly: Bool = false) throws {
    var configuration = Configuration()
    configuration.readonly = isReadOnly
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in
      guard !isReadOnly else { return }
      try database.execute(sql: "PRAGMA journal_mode = WAL")
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
      guard let maximumSize else { return }
      let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
      try database.execute(sql: "PRAGMA max_page_count = \(max(8, maximumSize / pageSize))")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
    if !isReadOnly { try Self.migrator.migrate(queue) }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: schema)
    }
    return migrator
  }

  /// Columns that a person at the `sqlite3` prompt would ask for, and the whole as JSON.
  private static let schema = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      application TEXT NOT NULL,
      world TEXT NOT NULL,
      started_at TEXT NOT NULL
    );
    CREATE TABLE decision (
      id INTEGER PRIMARY KEY,
      run INTEGER NOT NULL REFERENCES run(id),
      tick INTEGER NOT NULL,
      seconds REAL NOT NULL,
      policy TEXT NOT NULL,
      mode TEXT NOT NULL,
      kind TEXT NOT NULL,
      service TEXT,
      replicas_before INTEGER,
      replicas_after INTEGER,
      words TEXT NOT NULL,
      body TEXT NOT NULL
    );
    CREATE INDEX decision_by_service ON decision (run, service, id);
    CREATE INDEX decision_by_tick ON decision (run, tick);
    CREATE TABLE outcome (
      run INTEGER NOT NULL REFERENCES run(id),
      tick INTEGER NOT NULL,
      service TEXT NOT NULL,
      seconds REAL NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (run, tick, service)
    );
    """

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf",
      negativeInfinity: "-inf",
      nan: "nan"
    )
    return try decoder.decode(type, from: Data(text.utf8))
  }
}
