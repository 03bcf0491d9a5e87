import Applications
import ArgumentParser
import Control
import Journaling
import Policies

/// Shows a policy what a controller once saw, and prints what it decides.
struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Show a recording to a policy and print what it decides.",
    discussion: """
      Recordings are made by plimsoll simulate and plimsoll run with --record. What the policy decides changes \
      nothing in them. The same recording, policy and seed print the same bytes, whichever world it is from.
      """
  )

  @Argument(help: "The recording.")
  var recording: String

  @Option(help: "The policy, with its parameters; see plimsoll policies.")
  var policy: String

  @Option(help: "The seed of the policy's random numbers.")
  var seed: UInt64 = 0

  @Flag(help: "Print each round as a line of JSON.")
  var json = false

  func run() async throws {
    let recording = try RecordingFile(path: recording).read()
    let application = try ApplicationFile.parse(recording.origin.document, from: self.recording)
    let setting = PolicySetting(
      application: application,
      seed: seed,
      foresight: recording.origin.foresight
    )
    let policy = try PolicyRegistry.standard.policy(policy, for: setting)
    for entry in await recording.replay(to: policy, of: application) {
      if json {
        print(try RecordingFile.line(entry), terminator: "")
      } else {
        for explanation in Explanation.all(of: entry) { print(explanation) }
      }
    }
  }
}
