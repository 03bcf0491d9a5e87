import Testing

@testable import Comparison

@Suite struct StandingsTests {
  @Test func `a spread knows its middle and its ends`() {
    let spread = Spread([3, 1, 2])
    #expect(spread.mean == 2 && spread.least == 1 && spread.most == 3)
    #expect(spread.text(1) == "2.0 (1.0 to 3.0)")
    #expect(Spread([0.5, 0.5]).percentText == "50.0 %")
  }

  @Test func `differences count beyond twice their standard error, pair by pair`() {
    // Seeds differ wildly, but the second is always one better: a difference.
    #expect(Spread([1, 50, 100]).comparison(with: Spread([2, 51, 101])) == .less)
    // Differences 1, -1 and 1: mean 1/3, standard error 2/3.
    #expect(Spread([2, 1, 2]).comparison(with: Spread([1, 2, 1])) == .alike)
    #expect(Spread([2]).comparison(with: Spread([1])) == .more)
    #expect(Spread([0.1 + 0.2]).comparison(with: Spread([0.3])) == .alike)
  }

  @Test func `the promise comes first, then the cost`() throws {
    let standings = Standings([
      try .made("rule", broken: [5, 5], cost: [1, 1]),
      try .made("controller", broken: [1, 1], cost: [3, 3]),
      try .made("learner", broken: [1, 1], cost: [2, 2]),
      try .made("seer", broken: [0, 0], cost: [1.5, 1.5]),
    ])
    #expect(standings.winner?.choice.text == "learner")
    #expect(standings.equals.map(\.choice.text) == ["controller"])
    #expect(standings.beaten.isEmpty)
    let words = standings.sentences.joined(separator: " ")
    #expect(words.contains("learner does best: the promise kept in 90.0 % of the windows"))
    #expect(words.contains("The best simple rule is controller"))
    #expect(words.contains("learner costs 33.3 % more"))
    #expect(!words.contains("A simple rule wins"))
  }

  @Test func `it is said plainly where a simple rule wins`() throws {
    let standings = Standings([
      try .made("rule", broken: [1, 0], cost: [1, 1]),
      try .made("learner", broken: [3, 2], cost: [2, 2]),
    ])
    #expect(standings.winner?.choice.text == "rule")
    let words = standings.sentences
    #expect(words.contains("A simple rule wins here: rule before learner."))
    #expect(words.contains("Beaten at the promise and at the cost: learner (by rule)."))
    #expect(
      standings.entryPointSentence == "A simple rule is best at 1 of 1 entry points: in (rule)."
    )
  }

  @Test func `a lead within chance is none, and the cheaper wins`() throws {
    let standings = Standings([
      try .made("learner", broken: [0, 3, 1], cost: [2, 2, 2]),
      try .made("rule", broken: [2, 1, 2], cost: [1, 1, 1]),
    ])
    #expect(standings.winner?.choice.text == "rule")
    #expect(standings.equals.map(\.choice.text) == ["learner"])
  }

  @Test func `where no window was over, nothing is claimed and nobody wins`() throws {
    let standings = Standings([
      try .made("rule", broken: [0, 0], of: [0, 0], cost: [1, 1]),
      try .made("learner", broken: [0, 0], of: [0, 0], cost: [2, 2]),
      try .made("seer", broken: [0, 0], of: [0, 0], cost: [2, 2]),
    ])
    #expect(standings.winner == nil && standings.winner(at: 0) == nil)
    #expect(standings.equals.isEmpty && standings.beaten.isEmpty)
    #expect(standings.summaries[0].keptText == "not measured")
    #expect(standings.entryPointSentence == nil)
    #expect(
      standings.sentences == [
        "Nothing was measured, so nobody wins: in 6 of 6 runs no window of the SLO was over in which a"
          + " request ended. Let the runs last for several windows."
      ]
    )
  }

  @Test func `who was not measured with every seed does not compete`() throws {
    let standings = Standings([
      try .made("rule", broken: [9, 9], cost: [5, 5]),
      try .made("learner", broken: [0, 0], of: [10, 0], cost: [1, 1]),
    ])
    #expect(standings.winner?.choice.text == "rule")
    #expect(standings.beaten.isEmpty && standings.equals.isEmpty)
    #expect(standings.sentences.contains { $0.hasPrefix("Not measured: learner: in 1 of 2 runs") })
  }

  @Test func `bounds do not compete`() throws {
    let standings = Standings([try .made("seer", broken: [0], cost: [1])])
    #expect(standings.winner == nil)
    #expect(standings.sentences == ["Only a bound was run: there is nothing to compare it with."])
  }

  @Test func `without a contender nothing is claimed about rules, and one seed is called one`()
    throws
  {
    let words = Standings([try .made("rule", broken: [0], cost: [1])]).sentences
    #expect(words.contains { $0.hasPrefix("Only simple rules were compared") })
    #expect(words.contains { $0.hasPrefix("One seed says nothing of chance") })
  }
}
