import Control

/// How fast a replica count may follow its recommendations: stabilisation first, then rate limits.
///
/// Kubernetes' `behavior` of autoscaling/v2, as `normalizeDesiredReplicasWithBehaviors` of its controller applies
/// it. The defaults are those of the documentation: up by the larger of 100 % and 4 replicas in 15 s without
/// waiting; down by anything, to the highest recommendation of the last 300 s.
struct ScalingBehavior: Hashable, Sendable {
  var up = ScalingRules(
    stabilizationWindow: .zero,
    limits: [.init(.replicas(4), in: .seconds(15)), .init(.percent(100), in: .seconds(15))]
  )
  var down = ScalingRules(
    stabilizationWindow: .seconds(300),
    limits: [.init(.percent(100), in: .seconds(15))]
  )

  /// The end of a reason's words where a recommendation is not followed to the full.
  static func limitation(of wanted: Int, to desired: Int) -> String {
    desired == wanted ? "" : ", held to \(desired) by stabilisation, rate or bounds"
  }
}

/// One direction's rules; of several limits the one that allows most counts (`selectPolicy: Max`).
struct ScalingRules: Hashable, Sendable {
  var stabilizationWindow: Duration
  var limits: [Limit]

  /// The most that may change within a period.
  struct Limit: Hashable, Sendable {
    var amount: Amount
    var period: Duration

    init(_ amount: Amount, in period: Duration) {
      self.amount = amount
      self.period = period
    }

    enum Amount: Hashable, Sendable {
      case replicas(Int)
      case percent(Int)
    }
  }
}

/// One service's recent recommendations and changes, and what they allow.
struct ScalingHistory: Sendable {
  private var recommendations: [(time: Duration, count: Int)] = []
  private var changes: [Change] = []
  /// The latest order, until the next observation shows whether it was carried out.
  private var order: (time: Duration, from: Int)?

  private struct Change: Sendable {
    var time: Duration
    /// Replicas added; negative when taken away.
    var difference: Int
  }

  /// Notes what became of the latest order; to be called first at every tick.
  mutating func observe(current: Int) {
    guard let order else { return }
    if current != order.from {
      changes.append(Change(time: order.time, difference: current - order.from))
    }
    self.order = nil
  }

  /// Brings a recommendation within the stabilisation windows, then within the limits and the bounds.
  mutating func settle(
    _ recommendation: Int,
    current: Int,
    bounds: ClosedRange<Int>,
    behavior: ScalingBehavior,
    at now: Duration
  ) -> Int {
    let stable = stabilize(recommendation, current: current, behavior, at: now)
    let desired = limit(stable, current: current, bounds: bounds, behavior, at: now)
    forget(before: now, behavior)
    if desired != current { order = (now, current) }
    return desired
  }

  /// Notes what became of the latest order, then settles, for policies with a recommendation at every tick.
  mutating func follow(
    _ recommendation: Int,
    current: Int,
    bounds: ClosedRange<Int>,
    behavior: ScalingBehavior,
    at now: Duration
  ) -> Int {
    observe(current: current)
    return settle(recommendation, current: current, bounds: bounds, behavior: behavior, at: now)
  }

  /// The lowest recommendation of the window bounds the way up, the highest the way down.
  private mutating func stabilize(
    _ recommendation: Int,
    current: Int,
    _ behavior: ScalingBehavior,
    at now: Duration
  ) -> Int {
    func recent(_ window: Duration) -> [Int] {
      recommendations.filter { $0.time > now - window }.map(\.count) + [recommendation]
    }
    let lowest = recent(behavior.up.stabilizationWindow).min() ?? recommendation
    let highest = recent(behavior.down.stabilizationWindow).max() ?? recommendation
    recommendations.append((now, recommendation))
    return min(max(current, lowest), highest)
  }

  private func limit(
    _ desired: Int,
    current: Int,
    bounds: ClosedRange<Int>,
    _ behavior: ScalingBehavior,
    at now: Duration
  ) -> Int {
    if desired > current {
      let allowed = behavior.up.limits.map { limit -> Int in
        let start = current - changed(since: now - limit.period)
        return switch limit.amount {
        case .replicas(let count): start + count
        case .percent(let share): Int((Double(start) * (1 + Double(share) / 100)).rounded(.up))
        }
      }
      let ceiling = max(allowed.max() ?? current, current)
      return min(desired, ceiling, bounds.upperBound)
    }
    if desired < current {
      let allowed = behavior.down.limits.map { limit -> Int in
        let start = current - changed(since: now - limit.period)
        return switch limit.amount {
        case .replicas(let count): start - count
        case .percent(let share): Int(Double(start) * (1 - Double(share) / 100))
        }
      }
      let floor = min(allowed.min() ?? current, current)
      return max(desired, floor, bounds.lowerBound)
    }
    return desired
  }

  /// Replicas added less those taken away after `start`.
  private func changed(since start: Duration) -> Int {
    changes.reduce(0) { $1.time > start ? $0 + $1.difference : $0 }
  }

  private mutating func forget(before now: Duration, _ behavior: ScalingBehavior) {
    let window = max(behavior.up.stabilizationWindow, behavior.down.stabilizationWindow)
    recommendations.removeAll { $0.time <= now - window }
    let period = (behavior.up.limits + behavior.down.limits).map(\.period).max() ?? .zero
    changes.removeAll { $0.time <= now - period }
  }
}

extension ScalingBehavior {
  /// The defaults with the parameter `scale-down-window` of a policy that scales by these rules.
  init(
    _ parameters: PolicyParameters,
    scaleDownWindow: Duration = .seconds(300)
  ) throws(PolicyError) {
    self.init()
    down.stabilizationWindow = try parameters.duration(
      "scale-down-window",
      default: scaleDownWindow
    )
  }
}
