import ArgumentParser
import Comparison
import Testing

@testable import plimsoll

@Suite struct ApplicationCommandTests {
  @Test(
    arguments: [
      ["validate"], ["discover"], ["discover", "--traces"], ["explain", "--last", "0"],
      ["compare", "app.yaml", "--load", "5", "--policies", "hpa"],
      ["compare", "app.yaml", "--load", "5", "--policies", "hpa", "--output", "o", "--seeds", "0"],
      ["compare", "app.yaml", "--load", "5", "--policies", "hpa", "--output", "o", "--scale", "0"],
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

  @Test func `compare runs in the simulated world unless it is told otherwise`() throws {
    let arguments = ["compare", "a.yaml", "--load", "5", "--policies", "hpa", "--output", "o"]
    let command = try #require(try Plimsoll.parseAsRoot(arguments) as? CompareCommand)
    #expect(command.seeds == 5 && command.world == .simulated)
    let local = try Plimsoll.parseAsRoot(arguments + ["--world", "local"]) as? CompareCommand
    #expect(local?.world == .local)
    let error = #expect(throws: (any Error).self) {
      try Plimsoll.parseAsRoot(arguments + ["--world", "local", "--missing-signals", "0.1"])
    }
    let message = error.map { Plimsoll.message(for: $0) } ?? ""
    #expect(message.contains("are for --world simulated"))
  }
}
