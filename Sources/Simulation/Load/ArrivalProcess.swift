/// When the requests of one entry point enter: a Poisson process whose rate follows a trace.
struct ArrivalProcess {
  private let trace: [Double]
  private let step: Int64
  private let weight: Double
  private let isEven: Bool
  private var random: RandomStream
  private var time: Double = 0
  private(set) var count: UInt64 = 0

  /// A process with this part of the whole rate; even ones come at equal distances instead of at random.
  init(_ trace: RateTrace, weight: Double, isEven: Bool, random: RandomStream) {
    self.trace = trace.requestsPerSecond
    step = VirtualTime(trace.step).nanoseconds
    self.weight = weight
    self.isEven = isEven
    self.random = random
  }

  /// The moment of the next request; ``VirtualTime/never`` when none comes.
  mutating func next() -> VirtualTime {
    count += 1
    // The process of rate one, stretched: as much as the rate integrates to passes between two requests.
    var remaining = isEven ? 1 : random.exponential()
    while true {
      let place = min(Int(time / Double(step)), trace.count - 1)
      let rate = trace[place] * weight * 1e-9
      let stepEnd = place == trace.count - 1 ? .infinity : Double(step) * Double(place + 1)
      if rate * (stepEnd - time) >= remaining {
        time += remaining / rate
        return VirtualTime(roundingUp: time)
      }
      guard stepEnd.isFinite else { return .never }
      remaining -= rate * (stepEnd - time)
      time = stepEnd
    }
  }
}
