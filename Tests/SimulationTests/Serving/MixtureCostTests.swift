import Testing

@testable import Simulation

@Suite struct MixtureCostTests {
  private let mixture = MixtureCost(
    thresholds: [0, 0.4, 1],
    readings: [
      .init(rowCount: 1, distinctExpertCounts: [57, 62, 64]),
      .init(rowCount: 8, distinctExpertCounts: [150, 220, 340]),
      .init(rowCount: 32, distinctExpertCounts: [175, 298, 505]),
    ],
    perExpert: .microseconds(40)
  )

  @Test func `what was measured comes out as it was`() {
    #expect(mixture.distinctExpertCount(rowCount: 8, threshold: 0.4) == 220)
    #expect(mixture.duration(rowCount: 32, threshold: 1) == .microseconds(40 * 505))
    #expect(mixture.distinctExpertCount(rowCount: 0, threshold: 1) == 0)
  }

  @Test func `between and beyond the measurements the numbers go on in order`() {
    for threshold in stride(from: 0.0, through: 1, by: 0.05) {
      let counts = (1...40).map {
        mixture.distinctExpertCount(rowCount: $0, threshold: threshold)
      }
      #expect(counts == counts.sorted())
      #expect(counts[39] == counts[31])
    }
    for rowCount in 1...40 {
      let counts = stride(from: 0.0, through: 1, by: 0.05).map {
        mixture.distinctExpertCount(rowCount: rowCount, threshold: $0)
      }
      #expect(counts == counts.sorted())
    }
    #expect(mixture.distinctExpertCount(rowCount: 16, threshold: 1) == 422.5)
  }

  @Test func `rows of full quality need their experts whatever the threshold`() {
    func count(_ fullQualityRowCount: Int) -> Double {
      mixture.distinctExpertCount(
        rowCount: 32,
        threshold: 0,
        fullQualityRowCount: fullQualityRowCount
      )
    }
    #expect(count(0) == 175)
    #expect(count(1) == 175, "one row needs fewer than are read anyway")
    #expect(count(8) == 340)
    #expect(count(32) == 505)
  }
}
