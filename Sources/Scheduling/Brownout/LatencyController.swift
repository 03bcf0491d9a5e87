import DequeModule

/// Moves one phase's brownout threshold so that its latencies stay below their objective: as much quality as the
/// objective allows.
///
/// SALC of BrownoutServe (arXiv 2507.17133): additive increase below a warning line, multiplicative decrease above
/// the objective, hold between. Deviations: the threshold has a floor; too few samples hold it; an empty window
/// is a case of its own; the time to first token that it is fed includes queueing; a request that was turned away is
/// late.
package struct LatencyController: Sendable, Hashable {
  package struct Configuration: Sendable, Hashable {
    /// What the 90th percentile of the latencies should not exceed.
    package var objective: Duration
    /// Share of the objective below which quality may rise.
    package var warningFactor = 0.8
    package var increment = 0.1
    package var shrinkRatio = 0.8
    /// The lowest threshold, which the accuracy budget allows (see ``AccuracyBudget``).
    package var floor: Double
    /// Latencies older than this are forgotten.
    package var window: Duration
    package var checkInterval = Duration.seconds(1)
    /// With fewer samples a percentile says nothing.
    package var minimumSampleCount = 8

    package init(objective: Duration, floor: Double, window: Duration = .seconds(2)) {
      precondition(objective > .zero && window > .zero && (0...1).contains(floor))
      self.objective = objective
      self.floor = floor
      self.window = window
    }
  }

  /// What a check came to.
  package enum Verdict: Sendable, Hashable {
    /// Latencies are below the warning line.
    case raise
    /// Latencies are above the objective.
    case shrink
    /// Latencies are between the two.
    case hold
    /// There are latencies, but too few to judge.
    case tooFewSamples
    /// Nothing ran, so nothing is late: quality rises.
    case idle
  }

  package let configuration: Configuration
  package private(set) var threshold = 1.0
  /// When each latency was observed, and how long it was.
  private var samples: Deque<Sample> = []
  private var latestCheck: Duration?

  private struct Sample: Sendable, Hashable {
    let time: Duration
    let latency: Duration
  }

  package init(_ configuration: Configuration) { self.configuration = configuration }

  /// Takes in a latency; time does not run backwards.
  package mutating func observe(_ latency: Duration, at now: Duration) {
    samples.append(Sample(time: now, latency: latency))
    forget(before: now - configuration.window)
  }

  /// Moves the threshold if the check is due; nil if it is not.
  package mutating func check(
    at now: Duration,
    _ arrivals: RecentArrivals = RecentArrivals()
  ) -> Verdict? {
    guard let latest = latestCheck else {
      latestCheck = now
      return nil
    }
    guard now - latest >= configuration.checkInterval else { return nil }
    latestCheck = now
    forget(before: now - configuration.window)
    let verdict = judge(arrivals)
    switch verdict {
    case .raise, .idle: threshold = min(threshold + configuration.increment, 1)
    case .shrink: threshold = max(threshold * configuration.shrinkRatio, configuration.floor)
    case .hold, .tooFewSamples: break
    }
    // Ten tenths are one.
    if threshold > 1 - 1e-9 { threshold = 1 }
    return verdict
  }

  private func judge(_ arrivals: RecentArrivals) -> Verdict {
    if samples.isEmpty { return .idle }
    guard samples.count >= configuration.minimumSampleCount else { return .tooFewSamples }
    // Whoever is turned away keeps the others' latencies low, but is served worst.
    guard let rank = arrivals.rank90(count: samples.count) else { return .shrink }
    let latency = samples.map(\.latency).sorted()[rank]
    if latency < configuration.objective * configuration.warningFactor { return .raise }
    return latency > configuration.objective ? .shrink : .hold
  }

  private mutating func forget(before time: Duration) {
    while let first = samples.first, first.time < time { samples.removeFirst() }
  }
}

/// How much accuracy a model loses at each threshold, as measured on held-out text.
package struct AccuracyBudget: Sendable, Hashable {
  /// Relative losses by threshold, better too high than too low.
  package let losses: [Double: Double]

  package init(losses: [Double: Double]) { self.losses = losses }

  /// The lowest measured threshold from which on upwards no loss exceeds `budget`; 1 if there is none.
  package func floor(budget: Double = 0.05) -> Double {
    let descending = losses.sorted { $0.key > $1.key }
    return descending.prefix { $0.value <= budget }.last?.key ?? 1
  }
}
