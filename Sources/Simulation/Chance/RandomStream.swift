import Glibc
import Randomness

/// A sequence of random numbers that its key alone decides.
///
/// SplitMix64 (Steele, Lea and Flood 2014). Every request carries streams of its own, derived from its number and
/// the path of calls that led to it: what one request draws depends neither on other requests, on the order of
/// events nor on the services beside it. Two policies therefore face the same requests, and a service that is
/// added changes no other's draws.
struct RandomStream: Sendable {
  private(set) var state: UInt64

  init(key: UInt64) { state = key }

  /// The stream of this name under a seed.
  init(seed: UInt64, name: String) {
    // FNV-1a over the name; `Hasher` is seeded anew in every process.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state = SplitMix64.mix(SplitMix64.mix(seed) ^ hash)
  }

  /// A stream of its own for the `number`-th of this stream's children; does not advance this one.
  func child(_ number: UInt64) -> RandomStream {
    RandomStream(key: SplitMix64.mix(state ^ SplitMix64.mix(number &+ SplitMix64.increment)))
  }

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.mix(state)
  }

  /// Uniform over (0, 1].
  mutating func uniform() -> Double { (Double(next() >> 11) + 1) * 0x1p-53 }

  /// Uniform over 0..<count.
  mutating func index(below count: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(count)).high)
  }

  /// Exponential with mean one.
  mutating func exponential() -> Double { -log(uniform()) }

  /// Normal with mean zero and deviation one (Box and Muller 1958).
  mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}

/// Ten to this power.
func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
