import ArgumentParser
import LoadGeneration
import OrderedJSON
import Testing

@testable import plimsoll

@Suite struct LoadArgumentTests {
  @Test(
    arguments: [
      ("200", Duration.milliseconds(200)), ("200ms", .milliseconds(200)), ("1.5s", .seconds(1.5)),
      ("2m", .seconds(120)), ("1h", .seconds(3_600)),
    ]
  )
  func `durations are read as people write them`(text: String, duration: Duration) {
    #expect(DurationArgument(argument: text)?.duration == duration)
  }

  @Test func `classes and promises are read`() throws {
    let batch = try #require(ClassArgument(argument: "batch=20,max-tokens=512"))
    #expect(batch.name == "batch" && batch.share == 20 && batch.outputTokenCap == 512)
    let promise = try #require(ObjectiveArgument(argument: "interactive:ttft=200ms,tpot=50"))
    #expect(promise.className == "interactive")
    #expect(
      promise.objectives
        == Objectives(timeToFirstToken: .milliseconds(200), timePerOutputToken: .milliseconds(50))
    )
    #expect(ObjectiveArgument(argument: "e2el=3s")?.className == nil)
    #expect(StepsArgument(argument: "50x30s,200x10s")?.profile.expectedCount == 3_500)
    #expect(LengthArgument(argument: "32-512")?.range == 32...512)
    #expect(HeaderArgument(argument: "Accept: text/html")?.value == "text/html")
    #expect(ServerURL(argument: "http://host:1/v1/")?.description == "http://host:1")
  }

  @Test(
    arguments: [
      ["bench", "--arrivals", "trace"], ["bench", "--rate", "0"], ["bench", "--rate", "inf"],
      ["bench", "--scale-time", "2"], ["bench", "--class", "a"], ["bench", "--class", "a=0"],
      ["bench", "--class", "a=1,cap=3"], ["bench", "--class", "a=1", "--class", "a=2"],
      ["bench", "--slo", "b:ttft=1"], ["bench", "--slo", "ttft"], ["bench", "--slo", "itl=3"],
      ["bench", "--output-tokens", "0"], ["bench", "--prompt-tokens", "9-3"],
      ["bench", "--requests", "0"], ["bench", "localhost:8000"], ["bench", "--timeout", "0"],
      ["load", "http://x"], ["load", "http://x", "--rate", "1", "--steps", "1x1s"],
      ["load", "x", "--rate", "1"], ["load", "http://x", "--rate", "-1"],
      ["load", "http://x", "--steps", "50x"], ["load", "http://x", "--rate", "1", "--header", "a"],
      ["load", "http://x", "--rate", "1", "--connections", "0"],
    ]
  )
  func `wrong options are refused before anything is sent`(arguments: [String]) {
    #expect(throws: (any Error).self) { try Plimsoll.parseAsRoot(arguments) }
  }

  @Test func `promises reach their classes, caps their default`() throws {
    let arguments = [
      "bench", "--class", "a=1", "--class", "b=2,max-tokens=9", "--slo", "e2el=1s", "--slo",
      "b:ttft=5", "--requests", "7",
    ]
    let command = try #require(try Plimsoll.parseAsRoot(arguments) as? BenchCommand)
    let workload = try command.load.workload(objectives: command.objectives, contextLimit: nil)
    #expect(workload.classes.map(\.outputTokenCap) == [1_024, 9])
    #expect(workload.classes[0].objectives == Objectives(endToEnd: .seconds(1)))
    #expect(
      workload.classes[1].objectives
        == Objectives(timeToFirstToken: .milliseconds(5), endToEnd: .seconds(1))
    )
    #expect(workload.requests.count == 7)
  }

  @Test func `events are told apart as vLLM's benchmark does`() throws {
    var stream = CompletionStream { .zero }
    let event = { (text: String, end: JSON) -> JSON in
      ["choices": [["text": .string(text), "finish_reason": end]]]
    }
    stream.note(event("a", .null), at: .milliseconds(10))
    stream.note(event("", .null), at: .milliseconds(30))
    stream.note(event("", "length"), at: .milliseconds(31))
    stream.note(["choices": [], "usage": ["completion_tokens": 5]], at: .milliseconds(32))
    #expect(stream.timing.firstPiece == .milliseconds(10))
    #expect(stream.timing.gaps == [.milliseconds(20)])
    #expect(stream.timing.latestEvent == .milliseconds(31))
    #expect(stream.outputTokenCount == 5 && stream.promptTokenCount == nil)
  }
}
