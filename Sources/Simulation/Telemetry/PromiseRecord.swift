/// How a promise was kept: request by request, and window by window, one after the other.
package struct PromiseRecord: Sendable {
  package let promise: Promise
  /// Requests that were answered in time, and all that ended.
  package private(set) var keptCount = 0
  package private(set) var endedCount = 0
  package private(set) var windowCount = 0
  /// Windows in which too few requests were answered in time.
  package private(set) var brokenWindowCount = 0
  private var window = (kept: 0, ended: 0)
  private var windowEnd: VirtualTime
  private let length: VirtualTime
  private let bound: VirtualTime

  init(_ promise: Promise) {
    self.promise = promise
    length = VirtualTime(promise.window)
    bound = VirtualTime(promise.bound)
    windowEnd = length
  }

  /// A promise: within every window, this share of the requests is answered within the bound.
  package struct Promise: Hashable, Sendable {
    package var quantile: Double
    package var bound: Duration
    package var window: Duration

    package init(quantile: Double = 0.95, bound: Duration, window: Duration = .seconds(60)) {
      self.quantile = quantile
      self.bound = bound
      self.window = window
    }
  }

  mutating func end(after latency: VirtualTime, isFailed: Bool, at now: VirtualTime) {
    if now >= windowEnd { close(at: now) }
    let isKept = !isFailed && latency <= bound
    window.ended += 1
    endedCount += 1
    if isKept {
      window.kept += 1
      keptCount += 1
    }
  }

  /// Judges the window that is over; one in which nothing ended breaks no promise.
  private mutating func close(at now: VirtualTime) {
    if window.ended > 0 {
      windowCount += 1
      if Double(window.kept) < promise.quantile * Double(window.ended) { brokenWindowCount += 1 }
    }
    window = (0, 0)
    let passed = (now - windowEnd).nanoseconds / length.nanoseconds + 1
    windowEnd = windowEnd + VirtualTime(nanoseconds: passed * length.nanoseconds)
  }
}
