/// A small generator whose sequence is fixed by its seed (Steele, Lea and Flood 2014).
///
/// Everything that draws has one of its own, so that another's draws never shift its sequence. The scripts that make
/// goldens use the same.
package struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
  /// What the state grows by with every draw: 2⁶⁴ over the golden ratio, made odd.
  @inlinable package static var increment: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  @usableFromInline var state: UInt64

  @inlinable package init(seed: UInt64) { state = seed }

  @inlinable package mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// A number in 0..<1 with 53 random bits.
  @inlinable package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A permutation of the 64-bit numbers in which every bit of the input moves about half of the output.
  @inlinable package static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
