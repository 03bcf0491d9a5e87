import CProcesses

/// What a request costs a synthetic service beyond the CPU time it burns: parsing, writing, calling.
///
/// The stated CPU time of an operation includes that, so it is burned less by as much. Measured on the event
/// loop's thread, which does nothing else.
struct OverheadMeter {
  private(set) var secondsPerRequest = 0.0
  private var latestCPU = 0.0
  private var requestCount = 0

  mutating func count() { requestCount += 1 }

  /// Takes a reading; to be called from the event loop's thread, about once a second.
  mutating func read(_ threadCPUSeconds: Double = plimsoll_thread_cpu_seconds()) {
    defer { (latestCPU, requestCount) = (threadCPUSeconds, 0) }
    // Few requests tell little, and housekeeping is no part of them.
    guard latestCPU > 0, requestCount >= 20 else { return }
    let latest = (threadCPUSeconds - latestCPU) / Double(requestCount)
    secondsPerRequest += (secondsPerRequest == 0 ? 1 : 0.3) * (latest - secondsPerRequest)
  }
}
