import Glibc

/// The numbers that networks compute in: `Float` to learn, `Double` to check gradients to the last digit.
///
/// Layers are written once for both. The few loops that cost time are specialised for each, so that generic
/// code costs nothing where it counts.
package protocol Real: BinaryFloatingPoint, Sendable where RawSignificand: FixedWidthInteger {
  /// `e` to the power of `value`.
  static func exponential(_ value: Self) -> Self
  /// The hyperbolic tangent of `value`.
  static func hyperbolicTangent(_ value: Self) -> Self
}

extension Float: Real {
  package static func exponential(_ value: Float) -> Float { expf(value) }
  package static func hyperbolicTangent(_ value: Float) -> Float { tanhf(value) }
}

extension Double: Real {
  package static func exponential(_ value: Double) -> Double { exp(value) }
  package static func hyperbolicTangent(_ value: Double) -> Double { tanh(value) }
}
