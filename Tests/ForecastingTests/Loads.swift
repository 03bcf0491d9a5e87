import Glibc
import Learning
import Randomness

@testable import Forecasting

/// Loads whose law is known.
enum Loads {
  /// A wave around `level` that repeats every `season` steps, with normal noise of this deviation.
  static func wave(
    count: Int,
    season: Int,
    level: Double = 100,
    swing: Double = 50,
    noise: Double = 0,
    seed: UInt64 = 1
  ) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { step in
      let phase = 2 * Double.pi * Double(step) / Double(season)
      // Twelve uniform numbers less six are near enough to normal.
      let error = (0..<12).reduce(-6.0) { sum, _ in sum + .random(in: 0..<1, using: &generator) }
      return level + swing * sin(phase) + noise * error
    }
  }
}
