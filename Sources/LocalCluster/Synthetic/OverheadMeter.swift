import CProcesses

/// What a request costs a synthetic service beyond the CPU time it burns: parsing, writing, calling, waking threads.
///
/// The stated CPU time of an operation includes that, so it is burned less by as much. It is all that the process
/// has used and not burned.
struct OverheadMeter {
  private(set) var secondsPerRequest = 0.0
  private var latest = Reading()
  private var requestCount = 0
  private var readingCount = 0

  /// Few requests tell little; what a service does without any, over a longer time, is no part of them.
  private static let (leastRequestCount, mostReadingCount) = (20, 5)

  /// What had been used and burned at one moment, in seconds of CPU time.
  struct Reading: Hashable, Sendable {
    var used = 0.0
    var burned = 0.0
  }

  mutating func count() { requestCount += 1 }

  /// Takes a reading, about once a second.
  mutating func read(_ reading: Reading) {
    readingCount += 1
    let isTelling = requestCount >= Self.leastRequestCount
    guard isTelling || readingCount >= Self.mostReadingCount || latest.used == 0 else { return }
    defer { (latest, requestCount, readingCount) = (reading, 0, 0) }
    guard isTelling, latest.used > 0 else { return }
    let overhead = reading.used - latest.used - (reading.burned - latest.burned)
    let perRequest = max(0, overhead) / Double(requestCount)
    secondsPerRequest += (secondsPerRequest == 0 ? 1 : 0.3) * (perRequest - secondsPerRequest)
  }
}
