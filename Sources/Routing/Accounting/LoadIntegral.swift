/// How many requests there are at once, and its integral over time, from which averages are made.
package struct LoadIntegral: Hashable, Sendable {
  /// Requests beyond this number wait.
  package let concurrency: Int
  package private(set) var current = 0
  private var updatedAt = Duration.zero
  private var area = 0.0
  private var waitingArea = 0.0

  package init(concurrency: Int = .max) { self.concurrency = concurrency }

  package mutating func begin(at now: Duration) {
    advance(to: now)
    current += 1
  }

  package mutating func end(at now: Duration) {
    advance(to: now)
    current -= 1
    precondition(current >= 0, "more requests ended than began")
  }

  /// The integrals up to now, in request seconds: of all requests, and of those that wait.
  package func areas(at now: Duration) -> (all: Double, waiting: Double) {
    var advanced = self
    advanced.advance(to: now)
    return (advanced.area, advanced.waitingArea)
  }

  private mutating func advance(to now: Duration) {
    let seconds = max(0, (now - updatedAt) / .seconds(1))
    area += seconds * Double(current)
    waitingArea += seconds * Double(max(0, current - concurrency))
    updatedAt = max(updatedAt, now)
  }
}
