/// Something that will happen: 24 bytes, copied and never allocated.
struct Event {
  var time: VirtualTime
  /// The number of the event above, its kind below: of two at one moment, the one scheduled first is first.
  private var order: UInt64
  /// Whom it concerns.
  var subject: Reference

  init(_ kind: Kind, _ subject: Reference, at time: VirtualTime, number: UInt64) {
    self.time = time
    self.subject = subject
    order = number << 8 | UInt64(kind.rawValue)
  }

  var kind: Kind {
    guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: order)) else {
      preconditionFailure("no event has kind \(order & 0xff)")
    }
    return kind
  }

  func isBefore(_ other: Event) -> Bool {
    time == other.time ? order < other.order : time < other.time
  }

  enum Kind: UInt8 {
    /// A user's request enters at an entry point.
    case arrival
    /// A request reaches its replica.
    case delivery
    /// A replica's CPU has something to do: work ends, the quota runs out, or a period begins.
    case processing
    /// An answer reaches the one who asked.
    case answer
    /// The oldest call of a call site may have waited long enough.
    case timeout
    /// A call that failed is tried again.
    case retry
    /// A replica has started.
    case readiness
    /// A draining replica may not finish any more.
    case drainDeadline
    /// A crashed replica starts again.
    case restart
    /// A replica's life ends by chance.
    case crash
    /// An entry of the fault plan is due.
    case fault
  }
}

/// An element of a pool or table, and which of the successive holders of that place is meant.
struct Reference: Hashable {
  var index: UInt32
  var generation: UInt32

  init(_ index: Int, generation: UInt32 = 0) {
    self.index = UInt32(truncatingIfNeeded: index)
    self.generation = generation
  }

  static let none = Reference(Int(UInt32.max))
  var place: Int { Int(index) }
  var isNone: Bool { self == .none }
}
