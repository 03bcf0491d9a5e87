package import Applications

/// What no policy may do, however sure it is.
///
/// A plain value; ``Guard`` enforces it.
package struct Guardrails: Hashable, Sendable {
  package var mode: Mode
  /// How fast a service may gain replicas; nil for any pace.
  package var growth: RateCap?
  /// How fast a service may lose replicas; nil for any pace.
  package var shrink: RateCap?
  /// After a service grew, how long until it may grow again.
  package var growthCoolDown: Duration
  /// After a service changed, how long until it may lose replicas or be made smaller.
  package var shrinkCoolDown: Duration
  /// By which factor one action may make a replica smaller or larger; nil for any.
  package var resize: ClosedRange<Double>?
  /// No replica is made smaller than this.
  package var floor: ResourceAmount
  /// A service is not shrunk on signals older than this; nil trusts any age.
  package var maximumAge: Duration?
  /// How many replicas the whole application may lose; nil for any number.
  package var disruption: DisruptionBudget?

  package init(
    mode: Mode = .act,
    growth: RateCap? = nil,
    shrink: RateCap? = nil,
    growthCoolDown: Duration = .zero,
    shrinkCoolDown: Duration = .zero,
    resize: ClosedRange<Double>? = nil,
    floor: ResourceAmount = ResourceAmount(cpu: Millicores(10), memory: .mebibytes(16)),
    maximumAge: Duration? = .seconds(120),
    disruption: DisruptionBudget? = nil
  ) {
    self.mode = mode
    self.growth = growth
    self.shrink = shrink
    self.growthCoolDown = growthCoolDown
    self.shrinkCoolDown = shrinkCoolDown
    self.resize = resize
    self.floor = floor
    self.maximumAge = maximumAge
    self.disruption = disruption
  }

  package enum Mode: String, Hashable, Sendable, Codable {
    case act
    /// Decide and journal, change nothing.
    case dryRun
  }

  /// Only what is never right to do: breaking the application's bounds, and shrinking blindly.
  ///
  /// What baselines run with, since their own documentation sets their pace.
  package static let essential = Guardrails()

  /// For everyday use: quick up, slow down.
  package static let standard = Guardrails(
    growth: RateCap(fraction: 1, count: 4, period: .seconds(15)),
    shrink: RateCap(fraction: 0.2, count: 1, period: .seconds(60)),
    shrinkCoolDown: .seconds(60),
    resize: 0.5...2,
    disruption: DisruptionBudget(fraction: 0.1, period: .seconds(60))
  )
}

/// A bound on change within any stretch of time: the larger of a share and a number.
package struct RateCap: Hashable, Sendable {
  /// Of the replicas at the start of the period: 1 allows doubling.
  package var fraction: Double
  package var count: Int
  package var period: Duration

  package init(fraction: Double, count: Int, period: Duration) {
    precondition(fraction >= 0 && count >= 0 && period > .zero)
    self.fraction = fraction
    self.count = count
    self.period = period
  }

  /// The replicas that may come or go within a period that began with `base` of them.
  package func allowance(from base: Int) -> Int { max(count, Int(Double(base) * fraction)) }
}

/// How much of the application may be taken away within any stretch of time.
package struct DisruptionBudget: Hashable, Sendable {
  /// Of all replicas; at least one may always go.
  package var fraction: Double
  package var period: Duration

  package init(fraction: Double, period: Duration) {
    precondition(fraction >= 0 && period > .zero)
    self.fraction = fraction
    self.period = period
  }

  package func allowance(of total: Int) -> Int { max(1, Int(Double(total) * fraction)) }
}
