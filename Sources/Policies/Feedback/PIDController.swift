/// A discrete controller in velocity form: it yields changes, so that clamping its output never winds it up.
///
/// `Δu = Kp·(e₀ − e₁) + Ki·e₀·Δt + Kd·(e₀ − 2e₁ + e₂)/Δt` (Åström and Hägglund, "Advanced PID Control", 2006, section 13.3).
struct PIDController: Hashable, Sendable {
  struct Gains: Hashable, Sendable {
    var proportional: Double
    /// Per second.
    var integral: Double
    /// Seconds.
    var derivative: Double
  }

  let gains: Gains
  private var previous: Double?
  private var beforePrevious: Double?

  init(_ gains: Gains) { self.gains = gains }

  /// The change of the output for this error, `interval` seconds after the last.
  mutating func step(error: Double, interval: Double) -> Double {
    let first = previous ?? error
    let second = beforePrevious ?? first
    beforePrevious = previous
    previous = error
    return gains.proportional * (error - first) + gains.integral * error * interval
      + gains.derivative * (error - 2 * first + second) / interval
  }
}
