import Testing

@testable import Scheduling

@Suite struct RecentMinimumTests {
  @Test func `the least of the latest values counts, and an old one is forgotten`() {
    var recent = RecentMinimum()
    #expect(recent.minimum == nil)
    recent.note(.seconds(1))
    for _ in 0..<127 { recent.note(.seconds(5)) }
    #expect(recent.minimum == .seconds(1))
    for _ in 0..<128 { recent.note(.seconds(7)) }
    #expect(recent.minimum == .seconds(1))
    recent.note(.seconds(9))
    #expect(recent.minimum == .seconds(7))
  }
}
