import CProcesses

/// What a request costs a synthetic service beyond the CPU time it burns: parsing, writing, calling, waking threads.
///
/// The stated CPU time of an operation includes that, so it is burned less by as much. It is all that the process
/// has used and not burned.
struct OverheadMeter {
  private(set) var secondsPerRequest = 0.0
  private var latest = Reading()
  private var requestCount = 0

  /// What had been used and burned at one moment, in seconds of CPU time.
  struct Reading: Hashable, Sendable {
    var used = 0.0
    var burned = 0.0
  }

  mutating func count() { requestCount += 1 }

  /// Takes a reading, about once a second.
  mutating func read(_ reading: Reading) {
    defer { (latest, requestCount) = (reading, 0) }
    // Few requests tell little, and housekeeping is no part of them.
    guard latest.used > 0, requestCount >= 20 else { return }
    let overhead = reading.used - latest.used - (reading.burned - latest.burned)
    let perRequest = max(0, overhead) / Double(requestCount)
    secondsPerRequest += (secondsPerRequest == 0 ? 1 : 0.3) * (perRequest - secondsPerRequest)
  }
}
