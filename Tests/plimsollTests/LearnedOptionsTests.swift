import Applications
import ArgumentParser
import Comparison
import Foundation
import Testing

@testable import plimsoll

@Suite struct LearnedOptionsTests {
  private static let curve = """
    {"quantile": 0.95, "cores": 1, "base": 0, "scale": 0.1, "capacity": 101, "testedRate": 100, "error": 0}
    """

  private static func profiles(_ service: String, curve: String = curve) -> String {
    #"{"format": "plimsoll profiles 1", "provenance": "test", "services": {"\#(service)": \#(curve)}}"#
  }

  private static let application = Application(
    metadata: Application.Metadata(name: "shop"),
    spec: Application.Spec(
      entryPoints: [],
      services: [
        Application.Service(
          name: "front",
          replicas: ReplicaBounds(initial: 1, minimum: 1, maximum: 1)
        )
      ]
    )
  )

  /// Reads a file that holds this text.
  private func read(
    _ text: String,
    as option: WritableKeyPath<LearnedOptions, String?>
  ) throws -> Reading {
    let path = FileManager.default.temporaryDirectory.path + "/learned-\(UUID().uuidString).json"
    try Data(text.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var options = try LearnedOptions.parse([])
    options[keyPath: option] = path
    let inputs = try options.inputs(for: Self.application)
    return (inputs.curves.count, inputs.sources.map { "\($0.name): \($0.provenance)" })
  }

  private typealias Reading = (curveCount: Int, sources: [String])

  @Test func `profiles are read, with a fingerprint of the file`() throws {
    let text = Self.profiles("front")
    let reading = try read(text, as: \.profiles)
    #expect(reading.curveCount == 1)
    let source = try #require(reading.sources.first)
    #expect(source.hasPrefix("profiles: learned-") && source.contains("\(text.utf8.count) bytes"))
    #expect(try LearnedOptions.parse([]).inputs(for: Self.application).sources.isEmpty)
  }

  @Test(
    arguments: [
      (profiles("cart"), "it holds no curve of a service of shop"),
      (profiles("front", curve: curve.replacing("101", with: "99")), "the curve of front cannot"),
      (profiles("front").replacing("profiles 1", with: "profiles 9"), "its format is plimsoll"),
      ("{}", "it was not written by plimsoll profile"),
    ]
  ) func `profiles that cannot be meant are refused in words`(text: String, words: String) throws {
    let error = #expect(throws: CommandFailure.self) { try read(text, as: \.profiles) }
    #expect(error.map { "\($0)" }?.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `a forecaster that is none is refused, and so is a file that is not there`() throws {
    #expect(throws: CommandFailure.self) { try read("no weights", as: \.forecaster) }
    let options = try LearnedOptions.parse(["--forecaster", "/nowhere/gru.safetensors"])
    let error = #expect(throws: CommandFailure.self) { try options.inputs(for: Self.application) }
    #expect(error.map { "\($0)" }?.hasPrefix("/nowhere/gru.safetensors cannot be read") == true)
  }
}
