import OrderedJSON
import Simulation
import Testing

@testable import Comparison

@Suite struct ComparisonReportTests {
  private func report(
    command: String = "plimsoll compare a & b",
    scenario: Scenario? = nil,
    learned: LearnedInputs = LearnedInputs()
  ) async throws -> ComparisonReport {
    let folder = TemporaryFolder()
    let plan = try ComparisonPlan.shop(
      "static,hpa:target=0.6,tolerance=0.05,oracle",
      scenario: scenario,
      learned: learned
    )
    let run = ComparisonRun(plan, folder: try RunFolder(path: folder.path), width: 2)
    return ComparisonReport(plan, try await run.records { _ in }, command: command)
  }

  @Test func `the page stands alone and says the result first`() async throws {
    let report = try await report()
    let html = report.html
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    for outside in ["<script", "<link", "<img", "src=", "url(", "href=", "@import"] {
      #expect(!html.contains(outside), "\(outside)")
    }
    let order = ["does best", "<table>", "<svg", "Entry points", "Settings", "a &amp; b"]
    let places = try order.map { try #require(html.firstRange(of: $0)).lowerBound }
    #expect(places == places.sorted())
    #expect(html.contains("oracle (bound)") && html.contains("static (baseline)"))
    #expect(html.contains("\(report.plan.scenario.digest)"))
  }

  @Test func `every run is a line of the CSV, with quotes where commas need them`() async throws {
    let lines = try await report().csv.split(separator: "\n")
    #expect(lines.count == 1 + 3 * 2)
    #expect(lines.count { $0.hasPrefix("\"hpa:target=0.6,tolerance=0.05\",baseline,") } == 2)
    #expect(lines[1].split(separator: ",").count == lines[0].split(separator: ",").count)
  }

  @Test func `the summary agrees with the runs`() async throws {
    let report = try await report()
    let json = try JSON(parsing: report.json.serialized)
    let costs = json["policies"]?[2]?["cost"]
    let expected = report.summaries[2].records.map(\.report.cost)
    #expect(costs?["by_seed"]?.arrayValue?.compactMap(\.doubleValue) == expected)
    #expect(json["policies"]?[2]?["role"] == "bound")
    #expect(json["winner"]?.stringValue == report.standings.winner?.choice.text)
    #expect(json["command"] == "plimsoll compare a & b")
  }

  @Test func `every form names the files that policies learnt from`() async throws {
    var learned = LearnedInputs()
    learned.sources = [.init("profiles", provenance: "profiles.json, 812 bytes, fnv1a 7f")]
    let report = try await report(learned: learned)
    let settings = try JSON(parsing: report.json.serialized)["settings"]
    #expect(settings?["profiles"] == "profiles.json, 812 bytes, fnv1a 7f")
    #expect(settings?["forecaster"] == nil)
    for text in [report.markdown, report.html] {
      #expect(text.contains("profiles.json, 812 bytes, fnv1a 7f"))
    }
  }

  @Test func `Markdown holds the findings, the tables and the command`() async throws {
    let report = try await report()
    for finding in report.findings { #expect(report.markdown.contains("- \(finding)\n")) }
    #expect(report.markdown.contains("```sh\nplimsoll compare a & b\n```"))
  }

  @Test func `runs shorter than a window name no winner in any form`() async throws {
    var scenario = try Scenario.shop()
    scenario.duration = .seconds(20)
    let report = try await report(scenario: scenario)
    for text in [report.html, report.markdown] {
      #expect(text.contains("Nothing was measured, so nobody wins"))
      #expect(text.contains("not measured"))
      #expect(!text.contains("does best") && !text.contains("100.0 %"))
      #expect(!text.contains("class=\"winner\"") && !text.contains("**static"))
    }
    let json = try JSON(parsing: report.json.serialized)
    #expect(json["winner"] == .null && json["policies"]?[0]?["kept_window_share"] == .null)
    #expect(json["policies"]?[0]?["entry_points"]?[0]?["kept_window_share"] == .null)
    let rows = report.csv.split(separator: "\n")
    #expect(rows[0].hasPrefix("policy,role,seed,kept_window_share,windows,"))
    #expect(rows[1].hasPrefix("static,baseline,0,,0,0,"))
  }

  @Test func `equal runs make equal reports`() async throws {
    #expect(try await report().html == report().html)
  }
}
