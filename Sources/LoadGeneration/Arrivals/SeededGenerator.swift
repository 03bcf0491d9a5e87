import Glibc

/// A generator whose sequence is fixed by its seed, with the draws that arrivals need.
///
/// SplitMix64 (Steele, Lea and Flood 2014). Each part of a workload has its own, so that changing one part
/// never shifts the draws of another.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// The generator of one part of what `seed` describes; parts are far apart.
  init(seed: UInt64, part: UInt64) {
    var scrambler = SeededGenerator(seed: seed ^ (part &* 0xD134_2543_DE82_EF95))
    self.init(seed: scrambler.next())
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number in 0..<1 with 53 random bits.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

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
