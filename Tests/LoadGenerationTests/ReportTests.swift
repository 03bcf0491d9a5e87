import OrderedJSON
import Plotting
import Testing

@testable import LoadGeneration

@Suite struct ReportTests {
  private var bench: BenchReport {
    let classes = [
      ServiceClass(
        name: "interactive",
        objectives: Objectives(timeToFirstToken: .milliseconds(50))
      ),
      ServiceClass(name: "batch"),
    ]
    let records = (0..<40).map { index -> RequestRecord in
      let arrival = Duration.milliseconds(index * 100)
      var timing = StreamTiming()
      for piece in 1...3 { timing.note(at: arrival + .milliseconds(piece * (index + 1))) }
      return RequestRecord(
        PlannedRequest(
          index: index,
          arrival: arrival,
          classIndex: index % 2,
          promptTokenCount: 8,
          outputTokenCount: 3
        ),
        index == 39 ? .rejected(status: 429) : .completed,
        timing: index == 39 ? StreamTiming() : timing,
        sent: arrival
      )
    }
    return BenchReport(
      RunDescription([("server", "http://a|b"), ("seed", "1")]),
      RunSummary(records, classes: classes, elapsed: .seconds(4), processorTime: .seconds(1))
    )
  }

  @Test func `every request has a line, in the order of the plan and in plain numbers`() {
    let requests = [1_500, 2].enumerated().map { index, arrival in
      PlannedRequest(
        index: index,
        arrival: .milliseconds(arrival),
        classIndex: index,
        promptTokenCount: 8,
        outputTokenCount: 3
      )
    }
    var timing = StreamTiming()
    for piece in [1_600, 2_800, 4_000] { timing.note(at: .milliseconds(piece)) }
    let records = [
      RequestRecord(requests[1], .rejected(status: 429), sent: .microseconds(2_125)),
      RequestRecord(requests[0], .completed, timing: timing, sent: .milliseconds(1_500)),
    ]
    let classes = [ServiceClass(name: "interactive"), ServiceClass(name: "batch")]
    let lines = RequestTable(records, classes: classes).csv.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1] == "0,interactive,1500.0,1500.0,8,3,3,completed,100.0,1200.0,2500.0")
    #expect(lines[2] == "1,batch,2.0,2.125,8,0,3,refused,,,")
  }

  @Test func `the JSON report can be read back`() throws {
    let json = try JSON(parsing: bench.json.text)
    let groups = try #require(json["groups"]?.arrayValue)
    #expect(groups.compactMap { $0["name"]?.stringValue } == ["interactive", "batch", "all"])
    #expect(groups[0]["objectives"]?["ttft_ms"]?.doubleValue == 50)
    #expect(groups[2]["offered"] == 40)
    #expect(groups[2]["rejected"] == 1)
    // TTFT of the even requests: 1, 3, …, 39 ms.
    let median = try #require(groups[0]["ttft"]?["p50_ms"]?.doubleValue)
    #expect(abs(median / 19 - 1) < 0.001)
    #expect(groups[0]["attainment"]?.doubleValue == 1)
    #expect(groups[1]["attainment"]?.doubleValue == 0.95)
    #expect(json["void"] == true)
    #expect(json["seconds"]?["offered"] == [10, 10, 10, 10])
  }

  @Test func `the Markdown report is tables whose rows all have their columns`() {
    let blocks = bench.markdown.split(separator: "\n\n").map { $0.split(separator: "\n") }
    let tables = blocks.filter { $0.first?.first == "|" }
    #expect(tables.count == 3)
    for table in tables {
      let columns = table.map { $0.count { $0 == "|" } }
      #expect(Set(columns).count == 1, "\(table)")
    }
    #expect(bench.markdown.contains("this run is void"))
  }

  @Test func `the plots show every class and its objective`() {
    let plots = bench.plots.plots
    #expect(plots.count == 3)
    #expect(
      plots[0].series.map(\.name) == ["interactive", "interactive objective", "batch", "all"]
    )
    #expect(bench.plots.svg.hasPrefix("<svg"))
  }

  @Test
  func `the table of tokens says when each piece came, and what a refused request would have had`()
  {
    var timing = StreamTiming()
    for time in [120, 1_150, 1_234_567] { timing.note(at: .milliseconds(time)) }
    func record(_ index: Int, _ ending: RequestRecord.Ending, _ timing: StreamTiming)
      -> RequestRecord
    {
      RequestRecord(
        PlannedRequest(
          index: index,
          arrival: .milliseconds(1_100 * index),
          classIndex: 0,
          promptTokenCount: 8,
          outputTokenCount: 3
        ),
        ending,
        timing: timing,
        sent: .milliseconds(1_100 * index)
      )
    }
    let records = [
      record(1, .rejected(status: 429), StreamTiming()), record(0, .completed, timing),
    ]
    #expect(
      TokenTable(records).csv
        == "index,due_ms,planned_tokens,pieces_ms\n0,0.0,3,120.0 1150.0 1234567.0\n1,1100.0,3,\n"
    )
  }

  @Test func `the HTTP report shows both clocks`() throws {
    var summary = HTTPLoadSummary()
    for index in 0..<10 {
      let intended = Duration.milliseconds(index * 300)
      summary.add(
        index == 9 ? .failed(reason: "connection | reset\n") : .answered(status: 200),
        intended: intended,
        sent: intended + .milliseconds(5),
        end: intended + .milliseconds(15)
      )
    }
    summary.elapsed = .seconds(3)
    let report = HTTPLoadReport(RunDescription([("url", "http://x")]), summary)
    let json = try JSON(parsing: report.json.text)
    #expect(json["latency"]?["p50_ms"]?.doubleValue == 15)
    #expect(json["service_time"]?["p50_ms"]?.doubleValue == 10)
    #expect(json["request_throughput"]?.doubleValue == 3)
    #expect(json["seconds"]?["succeeded"] == [4, 3, 2])
    #expect(report.markdown.contains("| connection / reset  |"))
    #expect(report.plots.plots.count == 2)
  }
}
