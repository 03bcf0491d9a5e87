/// Names one request for as long as it is in the house.
package struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package var description: String { "request \(rawValue)" }

  package static func < (left: RequestID, right: RequestID) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// Names one of a request's choices, each of which is a sequence of tokens of its own.
package struct SequenceID: Hashable, Sendable, CustomStringConvertible {
  package let request: RequestID
  package let choice: Int

  package init(request: RequestID, choice: Int) {
    self.request = request
    self.choice = choice
  }

  package var description: String { "\(request), choice \(choice)" }
}

/// Names those who share one account, as an API key does.
package struct TenantID: Hashable, Sendable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Everyone who does not say who they are.
  package static let anonymous = TenantID(rawValue: 0)
}

/// Index of a KV block, in the width in which kernels read block tables.
package typealias BlockID = Int32
