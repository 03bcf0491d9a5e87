extension Duration {
  private static let scales: [(suffix: String, seconds: Double)] = [
    ("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
  ]

  /// Reads a duration as Kubernetes and Go write it: `500ms`, `1.5s`, `1m30s`; nil if it is none.
  package init?(quantity: String) {
    var rest = quantity[...]
    var seconds = 0.0
    repeat {
      let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
      let suffix = rest.dropFirst(digits.count).prefix { $0.isLetter }
      guard let number = plainDecimal(digits),
        let scale = Self.scales.first(where: { $0.suffix == suffix })
      else { return nil }
      seconds += number * scale.seconds
      rest = rest.dropFirst(digits.count + suffix.count)
    } while !rest.isEmpty
    guard seconds < 1e9 else { return nil }
    self = .nanoseconds(Int((seconds * 1e9).rounded()))
  }

  /// This duration as such a text, in the largest unit that writes it as a whole number.
  package var quantity: String {
    let nanoseconds = Int((seconds * 1e9).rounded())
    for (suffix, scale) in Self.scales.reversed() where nanoseconds != 0 {
      let unit = Int((scale * 1e9).rounded())
      if nanoseconds % unit == 0 { return "\(nanoseconds / unit)\(suffix)" }
    }
    return nanoseconds == 0 ? "0s" : "\(Double(nanoseconds) / 1e3)us"
  }

  /// This duration in seconds, rounded to double precision.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
