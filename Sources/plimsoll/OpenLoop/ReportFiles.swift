import Comparison
import FoundationEssentials
import LoadGeneration
import OrderedJSON
import Plotting

/// A report in its three forms, in a folder.
enum ReportFiles {
  /// Writes `NAME.json`, `NAME.md` and `NAME.svg`, making the folder if it is not there.
  static func write(
    named name: String,
    json: JSON,
    markdown: String,
    svg: String,
    to folder: String
  ) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder,
        withIntermediateDirectories: true
      )
      for (ending, text) in [("json", json.text + "\n"), ("md", markdown), ("svg", svg)] {
        try text.write(toFile: "\(folder)/\(name).\(ending)", atomically: true, encoding: .utf8)
      }
    } catch {
      throw CommandFailure.unwritableFile(path: folder, reason: error.reason)
    }
    Terminal.writeError("wrote \(folder)/\(name).json, .md and .svg\n")
  }

  /// Writes a model server's report, and what became of each request into `requests.csv`.
  static func write(_ report: BenchReport, _ table: RequestTable, to folder: String) throws {
    try write(
      named: "bench",
      json: report.json,
      markdown: report.markdown,
      svg: report.plots.svg,
      to: folder
    )
    try write(table.csv, to: "\(folder)/requests.csv")
  }

  static func write(_ text: String, to path: String) throws {
    do {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    } catch {
      throw CommandFailure.unwritableFile(path: path, reason: error.reason)
    }
  }
}
