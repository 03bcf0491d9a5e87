import Glibc

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
    state = Self.mix(Self.mix(seed) ^ hash)
  }

  /// A stream of its own for the `number`-th of this stream's children; does not advance this one.
  func child(_ number: UInt64) -> RandomStream {
    RandomStream(key: Self.mix(state ^ Self.mix(number &+ 0x9e37_79b9_7f4a_7c15)))
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mix(state)
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

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// Ten to this power.
func powerOfTen(_ exponent: Double) -> Double { pow(10, exponent) }
