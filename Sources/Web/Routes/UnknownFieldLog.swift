import Logging
import Synchronization

/// Notes fields that this server does not know, once per name, so that a misspelt one can be found.
final class UnknownFieldLog: Sendable {
  /// Names are the clients' own text, so the memory of them is bounded.
  private static let maximumCount = 256
  private let seen = Mutex<Set<String>>([])

  func note(_ names: [String], _ logger: Logger) {
    for name in names where isNew(name) {
      logger.info("unknown field ignored", metadata: ["field": "\(name.prefix(64))"])
    }
  }

  private func isNew(_ name: String) -> Bool {
    seen.withLock { seen in
      seen.count < Self.maximumCount && seen.insert(String(name.prefix(64))).inserted
    }
  }
}
