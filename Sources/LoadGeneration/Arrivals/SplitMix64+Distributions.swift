import Glibc
import Randomness

/// The draws that workloads need; each part of a workload has a generator of its own, so that changing one part never
/// shifts the draws of another.
extension SplitMix64 {
  /// The generator of one part of what `seed` describes; parts are far apart.
  init(seed: UInt64, part: UInt64) {
    var scrambler = SplitMix64(seed: seed ^ (part &* 0xD134_2543_DE82_EF95))
    self.init(seed: scrambler.next())
  }

  /// A draw from the exponential distribution of mean 1.
  mutating func exponential() -> Double { -log1p(-unit()) }

  /// A draw from the standard normal distribution (Box and Muller 1958).
  mutating func normal() -> Double { sqrt(2 * exponential()) * cos(2 * .pi * unit()) }

  /// A draw from the gamma distribution of the given shape and scale 1 (Marsaglia and Tsang 2000).
  mutating func gamma(shape: Double) -> Double {
    guard shape >= 1 else {
      // Their section 6: a draw for shape + 1, shrunk.
      let larger = gamma(shape: shape + 1)
      return larger * pow(1 - unit(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / sqrt(9 * d)
    while true {
      let x = normal()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      if v > 0, log(1 - unit()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}
