import Applications
import Control
import Foundation
import Journaling
import Policies
import Testing
import WorldConformance

/// The same decisions in every world: what two worlds recorded is shown to every policy in fresh processes.
@Suite struct SameDecisionsTests {
  private static let worlds = ["simulated", "local"]
  private static let seed: UInt64 = 7

  private static func path(of world: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "WorldConformance/Recordings/\(world).jsonl").path
  }

  /// The program beside the one that runs the tests.
  private static var program: URL {
    get throws {
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      // The tests may be run by the toolchain's own program; then the arguments name the bundle.
      let folders = ([own] + CommandLine.arguments).map {
        URL(filePath: $0).deletingLastPathComponent()
      }
      let found = folders.map { $0.appending(path: "plimsoll") }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) }
      return try #require(found, "plimsoll was not built beside the tests")
    }
  }

  /// The catalogue of all observations but the first, before which the time is not known.
  private static func catalogue(of recording: Recording) throws -> SignalCatalogue {
    SignalCatalogue(
      of: Array(recording.observations.dropFirst()),
      in: try Application(parsing: recording.origin.document),
      since: recording.observations.first?.time ?? .zero
    )
  }

  private static func replay(_ path: String, to policy: String) throws -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = try program
    process.arguments = ["replay", path, "--policy", policy, "--seed", "\(seed)", "--json"]
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(
      process.terminationStatus == 0,
      "plimsoll replay ended with \(process.terminationStatus)"
    )
    return data
  }

  @Test(arguments: worlds, PolicyRegistry.standard.entries.map(\.descriptor.name))
  func `a policy decides the same, byte for byte, in every process`(world: String, policy: String)
    async throws
  {
    let path = Self.path(of: world)
    let recording = try RecordingFile(path: path).read()
    #expect(recording.origin.world == world)
    let application = try Application(parsing: recording.origin.document)
    let setting = PolicySetting(
      application: application,
      seed: Self.seed,
      foresight: recording.origin.foresight
    )
    if policy == "oracle", setting.foresight == nil {
      #expect(throws: PolicyError.needsForesight(policy: policy)) {
        try PolicyRegistry.standard.policy(policy, for: setting)
      }
      return
    }
    let entries = await recording.replay(
      to: try PolicyRegistry.standard.policy(policy, for: setting),
      of: application
    )
    let expected = try entries.map { try RecordingFile.line($0) }.joined()
    #expect(entries.count >= 30)
    for _ in 0..<2 {
      let output = try Self.replay(path, to: policy)
      #expect(output == Data(expected.utf8), "\(policy) on what the \(world) world recorded")
    }
  }

  @Test(arguments: worlds)
  func `a recording has the signals that every world owes`(world: String) throws {
    let recording = try RecordingFile(path: Self.path(of: world)).read()
    #expect(try Self.catalogue(of: recording).differences(from: .owed) == [])
  }

  /// A text in a recording, and what a careless change of a world would put in its place.
  enum Change: String, CaseIterable {
    case name, unit, age

    var texts: (old: String, new: String) {
      switch self {
      case .name: (#""name":"queueLength""#, #""name":"queueDepth""#)
      case .unit: (#""unit":"millicores""#, #""unit":"ratio""#)
      case .age: (#""age":[0,0]"#, #""age":[0,5000000000000000000]"#)
      }
    }
  }

  @Test(arguments: worlds, Change.allCases)
  func `a changed name, unit or age is found`(world: String, change: Change) throws {
    let text = try String(contentsOfFile: Self.path(of: world), encoding: .utf8)
    #expect(text.contains(change.texts.old))
    let path = FileManager.default.temporaryDirectory
      .appending(path: "plimsoll-altered-\(UUID().uuidString).jsonl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.replacingOccurrences(of: change.texts.old, with: change.texts.new)
      .write(toFile: path, atomically: true, encoding: .utf8)
    do {
      let recording = try RecordingFile(path: path).read()
      #expect(try Self.catalogue(of: recording).differences(from: .owed) != [])
    } catch {
      // A name that is not known is refused with the line that has it.
      guard case .badLine(path, let number, let reason) = error as? RecordingError else {
        throw error
      }
      #expect(number >= 2 && reason.contains("queueDepth"))
    }
  }
}
