extension Double {
  /// This number with a fixed count of decimals, thousands set apart by commas: `12,345.7`.
  ///
  /// Not finite is written in words, as a report must not hide it.
  package func decimalText(fractionCount: Int = 0) -> String {
    guard isFinite else { return isNaN ? "–" : self < 0 ? "-∞" : "∞" }
    let scale = (0..<fractionCount).reduce(1.0) { scale, _ in scale * 10 }
    guard let scaled = Int(exactly: (magnitude * scale).rounded()) else { return "\(self)" }
    var digits = String(scaled)
    digits = String(repeating: "0", count: max(0, fractionCount + 1 - digits.count)) + digits
    let whole = digits.dropLast(fractionCount)
    let fraction = fractionCount > 0 ? "." + digits.suffix(fractionCount) : ""
    return (self < 0 && scaled != 0 ? "-" : "") + Self.grouped(whole) + fraction
  }

  private static func grouped(_ digits: Substring) -> String {
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }
}
