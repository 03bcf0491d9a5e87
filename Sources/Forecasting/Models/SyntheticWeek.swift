import Glibc
import Learning
import Randomness

/// A synthetic week of load, made from one day's trace; no such week was ever recorded.
///
/// Each day is the trace times a level of its own; two days are a weekend, lower and flatter. Levels change gradually from
/// noon to noon. On top come a slowly wandering error and the scatter of counting requests for a second. All chance comes
/// from the seed.
package struct SyntheticWeek: Sendable, Hashable {
  /// Requests per second, one number a second.
  package var day: [Double]
  package var dayCount = 7
  /// Which days are the weekend, from 0.
  package var weekend: Set<Int> = [5, 6]
  /// How much of a working day's load and of its swing a weekend has.
  package var weekendLevel = 0.7
  package var weekendSwing = 0.6
  /// The standard deviation of a day's level.
  package var levelDeviation = 0.1
  /// That of the wandering error, and the seconds in which it forgets.
  package var noiseDeviation = 0.02
  package var noiseMemory = 60.0
  package var seed: UInt64

  package init(day: [Double], seed: UInt64) {
    precondition(!day.isEmpty, "a day without readings")
    self.day = day
    self.seed = seed
  }

  /// Requests per second, one number for each step of so many seconds.
  package func rates(step stepSeconds: Int) -> [Double] {
    let rates = rates
    return stride(from: 0, through: rates.count - stepSeconds, by: stepSeconds).map { start in
      rates[start..<(start + stepSeconds)].reduce(0, +) / Double(stepSeconds)
    }
  }

  /// Requests per second, one number a second.
  package var rates: [Double] {
    var generator = SplitMix64(seed: seed)
    let levels = (0..<dayCount).map { _ in exp(levelDeviation * Self.normal(&generator)) }
    let mean = day.reduce(0, +) / Double(day.count)
    let memory = exp(-1 / noiseMemory)
    let drive = noiseDeviation * (1 - memory * memory).squareRoot()
    var wander = noiseDeviation * Self.normal(&generator)
    return (0..<(dayCount * day.count)).map { second in
      let place = Double(second) / Double(day.count)
      let (level, swing) = character(at: place, levels)
      let shape = mean + swing * (day[second % day.count] - mean)
      wander = memory * wander + drive * Self.normal(&generator)
      let rate = max(level * shape * (1 + wander), 0)
      return max(rate + rate.squareRoot() * Self.normal(&generator), 0)
    }
  }

  /// The level and the swing at a time in days: those of the noons before and after, mixed.
  private func character(at time: Double, _ levels: [Double]) -> (level: Double, swing: Double) {
    func noon(_ day: Int) -> (level: Double, swing: Double) {
      let day = min(max(day, 0), dayCount - 1)
      let isWeekend = weekend.contains(day)
      return (levels[day] * (isWeekend ? weekendLevel : 1), isWeekend ? weekendSwing : 1)
    }
    let before = (time - 0.5).rounded(.down)
    let share = time - 0.5 - before
    let (first, second) = (noon(Int(before)), noon(Int(before) + 1))
    return (
      first.level + share * (second.level - first.level),
      first.swing + share * (second.swing - first.swing)
    )
  }

  /// A normally distributed number (Box and Muller 1958).
  private static func normal(_ generator: inout SplitMix64) -> Double {
    let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &generator)))
    return radius.squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
  }
}
