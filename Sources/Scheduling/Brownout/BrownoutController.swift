/// What a request may be given when the server is hard pressed.
package enum Quality: String, Sendable, Hashable, CaseIterable {
  /// The model as it is, whatever happens around it.
  case full
  /// United experts may serve it.
  case adaptive
}

/// One step's brownout: what crosses from the scheduler to the model.
package struct BrownoutSetting: Sendable, Hashable {
  /// Share of each layer's pairs of token and expert that stay with their own experts, 0..<1.
  package let threshold: Double
  /// Rows that must be computed as if there were no brownout, ascending.
  package let fullQualityRows: [Range<Int>]
}

/// Decides how far each step is browned out: a controller for each phase, and the account of what it costs.
package struct BrownoutController: Sendable, Hashable {
  package enum Phase: String, Sendable, CaseIterable {
    case prefill
    case decode
  }

  /// Fed with times to first token.
  package private(set) var prefill: LatencyController
  /// Fed with times between tokens.
  package private(set) var decode: LatencyController
  /// The integral of one minus the threshold over time, in seconds: what slower levers must not overlook, as the
  /// latencies look well because of it.
  package private(set) var debt = 0.0
  /// How long the threshold was below one.
  package private(set) var brownedDuration = Duration.zero
  private var latestTime: Duration?
  private var arrivals = RecentArrivals()
  private var turnedAwayCount = 0

  package init(prefill: LatencyController.Configuration, decode: LatencyController.Configuration) {
    self.prefill = LatencyController(prefill)
    self.decode = LatencyController(decode)
  }

  /// The lower of the two thresholds.
  package var threshold: Double { min(prefill.threshold, decode.threshold) }

  /// The times between tokens that it can still keep by a lower threshold; nil at the floor, where there is none left.
  package var sparableTarget: Duration? {
    decode.threshold > decode.configuration.floor ? decode.configuration.objective : nil
  }

  package mutating func observe(_ phase: Phase, _ latency: Duration, at now: Duration) {
    switch phase {
    case .prefill:
      prefill.observe(latency, at: now)
      arrivals.note(isServed: true, at: now)
    case .decode: decode.observe(latency, at: now)
    }
  }

  /// Takes in how many requests have been turned away so far (``Admission/turnedAwayCount``): late in both phases.
  package mutating func observe(turnedAwayCount: Int, at now: Duration) {
    for _ in self.turnedAwayCount..<max(turnedAwayCount, self.turnedAwayCount) {
      arrivals.note(isServed: false, at: now)
    }
    self.turnedAwayCount = turnedAwayCount
  }

  /// Lets time pass: keeps the account, and moves thresholds that are due.
  ///
  /// Without work there are no steps and nobody calls: the checks that were missed are made up for one by one, so
  /// that quality is back after a pause.
  package mutating func advance(to now: Duration) {
    let interval = min(
      prefill.configuration.checkInterval,
      decode.configuration.checkInterval
    )
    while threshold < 1, let latestTime, now - latestTime > interval {
      pass(to: latestTime + interval)
    }
    pass(to: now)
  }

  private mutating func pass(to now: Duration) {
    if let latestTime, now > latestTime, threshold < 1 {
      debt += (1 - threshold) * ((now - latestTime) / .seconds(1))
      brownedDuration += now - latestTime
    }
    latestTime = now
    arrivals.forget(at: now)
    _ = prefill.check(at: now, arrivals)
    _ = decode.check(at: now, arrivals)
  }

  /// The setting for a step with these rows; one decision for all, by the lower threshold of the phases in it.
  ///
  /// Nil when nothing is browned out.
  func setting(
    prefills: Bool,
    decodes: Bool,
    fullQualityRows: [Range<Int>],
    rowCount: Int
  ) -> BrownoutSetting? {
    let threshold = min(
      prefills ? prefill.threshold : 1,
      decodes ? decode.threshold : 1
    )
    guard threshold < 1, fullQualityRows.reduce(0, { $0 + $1.count }) < rowCount else { return nil }
    return BrownoutSetting(threshold: threshold, fullQualityRows: fullQualityRows)
  }
}
