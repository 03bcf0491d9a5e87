import Applications
import ArgumentParser
import OrderedJSON

/// Says what is wrong with application documents.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Check app.yaml files; every mistake is told with its line, key and remedy."
  )

  @Argument(help: "The files; - is standard input.")
  var files: [String] = []

  @Flag(help: "Print the document's JSON Schema instead.")
  var schema = false

  func validate() throws {
    guard schema || !files.isEmpty else { throw ValidationError("Name a file to check.") }
  }

  func run() throws {
    guard !schema else { return print(ApplicationSchema.json.prettyText, terminator: "") }
    var isValid = true
    for file in files {
      let text = try TextFile.text(at: file)
      let problems = Application.problems(in: text)
      for problem in problems { print("\(file):\(problem)") }
      if let application = try? Application(parsing: text) {
        print("\(file): \(Self.summary(of: application))")
      } else {
        isValid = false
      }
    }
    guard isValid else { throw ExitCode.failure }
  }

  private static func summary(of application: Application) -> String {
    let counts = [
      (application.services.count, "service", "services"),
      (application.services.flatMap(\.callable).count, "operation", "operations"),
      (application.entryPoints.count, "entry point", "entry points"),
    ]
    let words = counts.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
    return "ok: \(application.name), \(words.joined(separator: ", "))"
  }
}
