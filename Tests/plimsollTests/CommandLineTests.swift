import ArgumentParser
import Foundation
import Scheduling
import Testing
import Web

@testable import plimsoll

@Suite struct CommandLineTests {
  @Test(
    arguments: [
      ("4096", 4_096), ("1k", 1 << 10), ("512MiB", 512 << 20), ("2GB", 2 << 30), ("1.5g", 3 << 29),
      ("0", 0),
    ]
  )
  func `sizes are read as people write them`(text: String, bytes: Int) {
    #expect(ByteSize(argument: text)?.bytes == bytes)
  }

  @Test(arguments: ["", "M", "1 GiB", "-1", "1e3", "1.2.3", "9999999999T", "1x"])
  func `what is no size is refused`(text: String) {
    #expect(ByteSize(argument: text) == nil)
  }

  @Test(
    arguments: [
      ["--port", "65536"], ["--tls-key", "k.pem"], ["--threads", "0"], ["--max-queue", "0"],
      ["--weights", "int3"], ["--kv-memory", "lots"], ["--request-timeout", "0"],
      ["--drain-timeout", "-1"], ["--api-key", ""], ["--served-model-name", ""],
      ["--log-format", "xml"], ["--policy", "lifo"], ["--class", "interactive"],
      ["--class", "interactive=ttft:fast"], ["--class", "interactive=ttft:0ms"],
      ["--default-class", "gold"], ["--key-class", "key"], ["--key-class", "key=gold"],
      ["--without", "everything"], ["--brownout", "3"], ["--brownout-floor", "0.2"],
      ["--brownout", "4", "--brownout-floor", "1.5"], ["--brownout-prefill-floor", "0.2"],
      ["--brownout", "4", "--brownout-prefill-floor", "1.5"],
      ["--brownout", "4", "--brownout-first-token", "inf"],
      ["--brownout", "4", "--brownout-next-token", "1e300"],
      ["--brownout", "4", "--brownout-next-token", "0"],
    ]
  )
  func `wrong serve options are refused before anything starts`(arguments: [String]) {
    #expect(throws: (any Error).self) { try Plimsoll.parseAsRoot(["serve"] + arguments) }
  }

  @Test func `serve options have the documented defaults`() throws {
    let command = try #require(try Plimsoll.parseAsRoot(["serve"]) as? ServeCommand)
    let configuration = try command.network.configuration()
    #expect(configuration.host == "127.0.0.1")
    #expect(configuration.port == 8_000)
    #expect(configuration.maximumBodySize == 32 << 20)
    #expect(configuration.tlsFiles == nil)
    #expect(command.engine.weights == .int8)
    #expect(command.engine.maxQueue == 1_024)
  }

  @Test func `classes are promised what the options say, and the rest stays as it is`() throws {
    let arguments = [
      "serve", "--policy", "fcfs-paper", "--without", "triage", "--class",
      "interactive=ttft:300ms,tpot:25ms,per-prompt-token:2ms", "--class",
      "night=ttft:1.5s,tpot:none,weight:0.5,deferrable,quality:full", "--default-class", "night",
      "--key-class",
      "secret=batch",
    ]
    let command = try #require(try Plimsoll.parseAsRoot(arguments) as? ServeCommand)
    #expect(command.service.policy == .fcfsPaper)
    #expect(command.service.stages == .usual.subtracting(.triage))
    #expect(try command.service.keyClasses() == ["secret": "batch"])
    let table = command.service.table
    #expect(table.classes.map(\.name) == ["interactive", "night", "standard", "batch"])
    #expect(table.classes.map(\.urgency) == [0, 1, 2, 3])
    #expect(table.defaultClass.name == "night")
    #expect(table.classes[0].timeToFirstToken(promptCount: 100) == .milliseconds(500))
    #expect(table.classes[0].timePerOutputToken == .milliseconds(25))
    #expect(table.classes[1].timePerOutputToken == nil && table.classes[1].isDeferrable)
    #expect(table.classes[2].timeToFirstToken == ServiceClass.standard.timeToFirstToken)
    #expect(table.classes.map(\.quality) == [.adaptive, .full, .adaptive, .adaptive])
    #expect(ServiceClassArgument(argument: "night=quality:some") == nil)
  }

  @Test func `a class may promise long prompts another time, in whatever order they are named`() {
    let argument = "interactive=ttft@200:2s,ttft:300ms,ttft@50:900ms"
    let promise = ServiceClassArgument(argument: argument)?.serviceClass
    let times = [49, 50, 199, 200, 5_000].map { promise?.timeToFirstToken(promptCount: $0) }
    #expect(
      times == [
        .milliseconds(300), .milliseconds(900), .milliseconds(900), .seconds(2), .seconds(2),
      ]
    )
    for wrong in ["ttft@:1s", "ttft@0:1s", "ttft@-5:1s", "ttft@many:1s", "ttft@5:soon"] {
      #expect(ServiceClassArgument(argument: "interactive=\(wrong)") == nil)
    }
  }

  @Test(
    arguments: [
      ("600000ms", Duration.seconds(600)), ("86400000ms", .seconds(86_400)),
      ("86400s", .seconds(86_400)), ("86400001ms", nil), ("86401s", nil), ("1e-30s", nil),
      ("-5ms", nil), ("-1e300s", nil), ("nans", nil), ("infs", nil),
    ] as [(String, Duration?)]
  )
  func `a promise is more than nothing and at most a day, in either unit`(
    text: String,
    duration: Duration?
  ) {
    for name in ["ttft", "ttft@5"] {
      let promise = ServiceClassArgument(argument: "interactive=\(name):\(text)")?.serviceClass
      #expect(promise?.timeToFirstToken(promptCount: 5) == duration)
    }
  }

  @Test func `keys come from flags and file together`() throws {
    let file = NSTemporaryDirectory() + "plimsoll-keys-\(UUID())"
    try "# team\nfirst\n\nsecond\n".write(toFile: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: file) }
    let arguments = ["serve", "--api-key", "zero", "--api-key-file", file]
    let command = try #require(try Plimsoll.parseAsRoot(arguments) as? ServeCommand)
    #expect(try command.network.configuration().apiKeys.starts(with: ["zero", "first", "second"]))
  }

  @Test func `the bundled model is found from where the executable lies`() throws {
    let root = NSTemporaryDirectory() + "plimsoll-\(UUID())"
    let files = FileManager.default
    for folder in ["Models/b", "Models/a", ".build/release"] {
      try files.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    defer { try? files.removeItem(atPath: root) }
    let locator = ModelLocator(executableFolder: "\(root)/.build/release", workingFolder: "/proc")
    #expect(throws: CommandFailure.self) { try locator.locate(nil) }
    try "{}".write(toFile: "\(root)/Models/b/config.json", atomically: true, encoding: .utf8)
    #expect(try locator.locate(nil) == "\(root)/Models/b")
    #expect(throws: CommandFailure.self) { try locator.locate("\(root)/Models/a") }
  }
}
