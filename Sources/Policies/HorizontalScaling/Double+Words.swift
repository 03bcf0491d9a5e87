import Glibc

extension Double {
  /// The number with this many decimals, as reasons print it.
  func formatted(_ decimals: Int) -> String {
    let scale = pow(10, Double(decimals))
    let rounded = (self * scale).rounded() / scale
    return decimals == 0 || rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
