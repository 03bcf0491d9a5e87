/// Where decisions are kept.
package protocol Journal {
  /// Keeps an entry. A journal that cannot write drops it, says so in its own way, and never stops the loop.
  func record(_ entry: JournalEntry) async
  /// Keeps what an earlier entry's action did.
  func record(_ outcome: Outcome) async
}

/// Keeps everything in memory: for tests and short simulations.
package final class MemoryJournal: Journal {
  package private(set) var entries: [JournalEntry] = []
  package private(set) var outcomes: [Outcome] = []

  package init() {}

  package func record(_ entry: JournalEntry) { entries.append(entry) }
  package func record(_ outcome: Outcome) { outcomes.append(outcome) }
}
