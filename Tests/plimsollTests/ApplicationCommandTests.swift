import ArgumentParser
import Testing

@testable import plimsoll

@Suite struct ApplicationCommandTests {
  @Test(
    arguments: [
      ["validate"], ["discover"], ["discover", "--traces"], ["explain", "--last", "0"],
      ["explain", "--from", "yesterday"], ["explain", "--from", "10"], ["explain", "--run", "x"],
    ]
  )
  func `wrong options are refused before anything is read`(arguments: [String]) {
    #expect(throws: (any Error).self) { try Plimsoll.parseAsRoot(arguments) }
  }

  @Test func `explain has the documented defaults`() throws {
    let command = try #require(try Plimsoll.parseAsRoot(["explain"]) as? ExplainCommand)
    #expect(command.journal == "plimsoll-journal.sqlite")
    #expect(command.from.duration == .zero && command.to == nil && command.last == 20)
    #expect(command.service == nil && !command.all)
  }
}
