import Randomness
import Testing

@testable import Plotting

@Suite struct ScaleTests {
  private func ticks(_ low: Double, _ high: Double, _ scale: Axis.Scale = .linear) -> [String] {
    Scale(Axis("", scale: scale), values: [low, high], tickCount: 5).ticks.map(\.text)
  }

  @Test func `ticks are round numbers that enclose the data`() {
    #expect(ticks(0, 10) == ["0", "2", "4", "6", "8", "10"])
    #expect(ticks(3, 97) == ["0", "20", "40", "60", "80", "100"])
    #expect(ticks(0, 0.12) == ["0.00", "0.05", "0.10", "0.15"])
    #expect(ticks(1_000, 1_010) == ["1,000", "1,002", "1,004", "1,006", "1,008", "1,010"])
    #expect(ticks(-4, 12_000) == ["-5,000", "0", "5,000", "10,000", "15,000"])
  }

  @Test func `logarithmic ticks are 1, 2, 5 within few decades and decades among many`() {
    #expect(ticks(3, 40, .logarithmic) == ["2", "5", "10", "20", "50"])
    #expect(ticks(0.03, 0.3, .logarithmic) == ["0.02", "0.05", "0.1", "0.2", "0.5"])
    #expect(ticks(1, 1e6, .logarithmic).count == 7)
  }

  @Test func `data of one value, of none, and with holes have an axis`() {
    #expect(ticks(0, 0) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(ticks(7, 7).first == "0")
    let empty = Scale(Axis(""), values: [.nan, .infinity], tickCount: 5)
    #expect(empty.position(of: 0.5) == 0.5)
    #expect(empty.position(of: .nan) == nil)
    let logarithmic = Scale(Axis("", scale: .logarithmic), values: [0, -1], tickCount: 5)
    #expect(logarithmic.position(of: 0) == nil)
  }

  @Test(arguments: 0..<50)
  func `any data lie on their axis between ascending ticks`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let magnitude = Double.random(in: -9...9, using: &random)
    let factor = (0..<Int(magnitude.magnitude)).reduce(1.0) { factor, _ in
      magnitude < 0 ? factor / 10 : factor * 10
    }
    let values = (0..<20).map { _ in Double.random(in: -0.2...1, using: &random) * factor }
    for kind in [Axis.Scale.linear, .logarithmic] {
      let scale = Scale(Axis("", scale: kind), values: values, tickCount: 6)
      let positions = values.compactMap { scale.position(of: $0) }
      #expect(
        positions.allSatisfy { (-1e-6...1 + 1e-6).contains($0) },
        "seed \(seed): \(positions)"
      )
      let ticks = scale.ticks.map(\.value)
      #expect((2...16).contains(ticks.count), "seed \(seed): \(ticks)")
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy(<), "seed \(seed): \(ticks)")
      #expect(Set(scale.ticks.map(\.text)).count == ticks.count, "seed \(seed): \(scale.ticks)")
    }
  }

  @Test(
    arguments: [
      (0, 0, "0"), (1234.5, 1, "1,234.5"), (-1_234_567, 0, "-1,234,567"), (0.05, 2, "0.05"),
      (-0.001, 2, "0.00"), (999.96, 1, "1,000.0"), (.infinity, 1, "∞"), (.nan, 0, "–"),
    ] as [(Double, Int, String)]
  )
  func `decimals are rounded and grouped`(value: Double, fractionCount: Int, text: String) {
    #expect(value.decimalText(fractionCount: fractionCount) == text)
  }
}
