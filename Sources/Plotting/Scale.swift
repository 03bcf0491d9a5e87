import Glibc

/// An axis laid out over its data: where a value lies, and which values are marked.
struct Scale {
  /// A marked value.
  struct Tick: Equatable {
    let value: Double
    let text: String
  }

  let ticks: [Tick]
  private let low: Double
  private let high: Double
  private let isLogarithmic: Bool

  /// Lays out `axis` for `values`; about `tickCount` of them are marked.
  ///
  /// A linear axis begins at 0 where the data nearly do, and ends on ticks unless it is tight: then it ends with
  /// the data, as time does.
  init(_ axis: Axis, values: [Double], tickCount: Int, isTight: Bool = false) {
    let bounds = axis.range.map { [$0.lowerBound, $0.upperBound] } ?? []
    let values = (values + bounds).filter(\.isFinite)
    switch axis.scale {
    case .categories(let names):
      (low, high, isLogarithmic) = (-0.5, Double(max(names.count, 1)) - 0.5, false)
      ticks = names.enumerated().map { Tick(value: Double($0), text: $1) }
    case .logarithmic:
      let positive = values.filter { $0 > 0 }
      isLogarithmic = true
      (low, high, ticks) = Self.decades(positive.min() ?? 1, positive.max() ?? 10)
    case .linear:
      isLogarithmic = false
      let (smallest, largest) = (values.min() ?? 0, values.max() ?? 1)
      let (first, last, marks) = Self.linear(smallest, largest, tickCount)
      let keepsEnds = isTight && smallest < largest
      (low, high) = keepsEnds ? (max(first, min(smallest, 0)), largest) : (first, last)
      let range = low...high
      ticks = marks.filter { range.contains($0.value) }
    }
  }

  /// Where `value` lies, 0 at the beginning of the axis and 1 at its end; nil where it has no place.
  func position(of value: Double) -> Double? {
    guard value.isFinite else { return nil }
    guard isLogarithmic else { return (value - low) / (high - low) }
    return value > 0 ? log(value / low) / log(high / low) : nil
  }

  private static func linear(
    _ smallest: Double,
    _ largest: Double,
    _ tickCount: Int
  ) -> (Double, Double, [Tick]) {
    var (low, high) = (smallest, largest)
    if low > 0, low < 0.4 * high { low = 0 }
    if low == high { (low, high) = (min(low, 0), low == 0 ? 1 : max(high, 0)) }
    let step = niceStep((high - low) / Double(max(tickCount, 1)))
    // Rounding away from the data may not add more than an invisible sliver beyond the last tick.
    let first = (low / step + 1e-9).rounded(.down)
    let last = (high / step - 1e-9).rounded(.up)
    let fractionCount = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    let ticks = stride(from: first, through: last, by: 1).map { index in
      Tick(value: index * step, text: (index * step).decimalText(fractionCount: fractionCount))
    }
    return (first * step, last * step, ticks)
  }

  /// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
  static func niceStep(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    return ([1, 2, 5].first { $0 * power >= rough * (1 - 1e-9) } ?? 10) * power
  }

  /// Ticks at 1, 2, 5 within each decade, at the decades alone when there are many.
  private static func decades(
    _ smallest: Double,
    _ largest: Double
  ) -> (Double, Double, [Tick]) {
    let exponents =
      log10(smallest).rounded(
        .down
      )...max(
        log10(largest).rounded(.up),
        log10(smallest).rounded(.down) + 1
      )
    let isDense = exponents.upperBound - exponents.lowerBound <= 3
    var values: [(value: Double, fractionCount: Int)] = []
    for exponent in stride(from: exponents.lowerBound, through: exponents.upperBound, by: 1) {
      let fractionCount = Int(max(0, -exponent))
      for factor in isDense ? [1.0, 2, 5] : [1] {
        values.append((factor * pow(10, exponent), fractionCount))
      }
    }
    let first = values.last { $0.value <= smallest * (1 + 1e-9) }?.value ?? smallest
    let last = values.first { $0.value >= largest * (1 - 1e-9) && $0.value > first }?.value
    let range = first...(last ?? largest)
    let ticks = values.filter { range.contains($0.value) }.map {
      Tick(value: $0.value, text: $0.value.decimalText(fractionCount: $0.fractionCount))
    }
    return (range.lowerBound, range.upperBound, ticks)
  }
}
