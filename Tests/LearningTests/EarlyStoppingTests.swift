import Testing

@testable import Learning

@Suite struct EarlyStoppingTests {
  private func verdicts(
    on losses: [Double],
    by stopping: inout EarlyStopping
  ) -> [EarlyStopping.Verdict] {
    losses.map { stopping.observe($0) }
  }

  @Test func `it bears as many epochs without improvement as it is patient`() {
    var stopping = EarlyStopping(patience: 2)
    let verdicts = verdicts(on: [5, 4, 4.5, 3, 3, 3.5], by: &stopping)
    #expect(verdicts == [.improved, .improved, .waiting, .improved, .waiting, .finished])
    #expect(stopping.bestEpoch == 3 && stopping.bestLoss == 3)
  }

  @Test func `an improvement within the margin counts for nothing`() {
    var stopping = EarlyStopping(patience: 2, margin: 0.1)
    let verdicts = verdicts(on: [10, 9.5, 8.9, 8.5], by: &stopping)
    #expect(verdicts == [.improved, .waiting, .improved, .waiting])
  }

  @Test func `a loss that is no number ends training like any other that is no better`() {
    var stopping = EarlyStopping(patience: 2)
    #expect(verdicts(on: [.nan, .nan], by: &stopping) == [.waiting, .finished])
    #expect(stopping.bestEpoch == nil)
  }
}
