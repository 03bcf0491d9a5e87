import FoundationEssentials
import OrderedJSON

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
      throw CommandFailure.unwritableFile(path: folder, reason: "\(error)")
    }
    Terminal.writeError("wrote \(folder)/\(name).json, .md and .svg\n")
  }
}
