extension Double {
  /// A whole number when this is one within rounding, so that 0.1 core is exactly 100 millicores.
  var nearMilli: Double { abs(self - rounded()) < 1e-6 ? rounded() : self }
}

/// Reads digits with at most one point and nothing else: no sign, no exponent, no white space.
func plainDecimal(_ text: Substring) -> Double? {
  let isPlain = text.allSatisfy { ("0"..."9").contains($0) || $0 == "." }
  guard isPlain, text.first != ".", text.last != "." else { return nil }
  return Double(text)
}
