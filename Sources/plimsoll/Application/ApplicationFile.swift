import Applications

/// Reading of `app.yaml` for commands that need a valid one.
enum ApplicationFile {
  static func read(_ path: String) throws -> Application {
    try parse(try TextFile.text(at: path), from: path)
  }

  /// Understands a document; what is wrong with it is told with `path`.
  static func parse(_ text: String, from path: String) throws -> Application {
    do {
      return try Application(parsing: text)
    } catch {
      throw CommandFailure.invalidApplication(path: path, problems: error.problems)
    }
  }
}
