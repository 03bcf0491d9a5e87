import ArgumentParser
import Scheduling

/// Whom the server serves first, and what it promises.
struct ServiceOptions: ParsableArguments {
  @Option(help: "Who goes first: \(PolicyName.allCases.map(\.rawValue).joined(separator: ", ")).")
  var policy = PolicyName.plimsoll

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "A class of service, such as interactive=ttft:500ms,tpot:50ms,weight:4; may be repeated.",
      discussion: """
        Known classes are interactive, standard and batch. 'deferrable' marks work that others may push aside; \
          'per-prompt-token:1ms' adds to ttft for each token of the prompt; 'ttft@512:2s' is the ttft of prompts \
          with 512 tokens or more; 'quality:full' keeps united experts away.
        """,
      valueName: "name=promises"
    )
  )
  var classes: [ServiceClassArgument] = []

  @Option(help: "The class of requests that name none.")
  var defaultClass = ServiceClass.standard.name

  @Option(
    help: ArgumentHelp(
      "The class of requests with an API key, as KEY=CLASS; may be repeated.",
      valueName: "key=class"
    )
  )
  var keyClass: [String] = []

  @Option(
    help: ArgumentHelp(
      "A part of the policy plimsoll to do without: \(PlimsollPolicy.Stages.names); may be repeated.",
      valueName: "stage"
    )
  )
  var without: [PlimsollStage] = []

  func validate() throws {
    let table = table(defaultName: nil)
    guard table[defaultClass] != nil else {
      throw ValidationError("--default-class is '\(defaultClass)', which is no class.")
    }
    for (_, name) in try keyClasses() where table[name] == nil {
      throw ValidationError("--key-class names '\(name)', which is no class.")
    }
  }

  /// The classes as they are usually, with what the options change.
  var table: ServiceClassTable { table(defaultName: defaultClass) }

  private func table(defaultName: String?) -> ServiceClassTable {
    var table = ServiceClassTable.usual
    for argument in classes { table.set(argument.serviceClass) }
    return ServiceClassTable(
      table.classes,
      defaultName: defaultName ?? table.defaultClass.name
    )
  }

  /// Class names by key.
  func keyClasses() throws -> [String: String] {
    var classes: [String: String] = [:]
    for pair in keyClass {
      guard let separator = pair.lastIndex(of: "="), separator > pair.startIndex else {
        throw ValidationError("--key-class must be KEY=CLASS, but is '\(pair)'.")
      }
      classes[String(pair[..<separator])] = String(pair[pair.index(after: separator)...])
    }
    return classes
  }

  /// What `plimsoll` is made of.
  var stages: PlimsollPolicy.Stages {
    without.reduce(PlimsollPolicy.Stages.usual) { $0.subtracting($1.stages) }
  }
}

extension PolicyName: ExpressibleByArgument {}

/// A stage of the policy `plimsoll` on the command line.
struct PlimsollStage: ExpressibleByArgument {
  let stages: PlimsollPolicy.Stages

  init?(argument: String) {
    guard let stages = PlimsollPolicy.Stages.named[argument] else { return nil }
    self.stages = stages
  }
}

/// `name=ttft:500ms,tpot:50ms,weight:4,deferrable` on the command line; what is left out stays as it is.
struct ServiceClassArgument: ExpressibleByArgument {
  let serviceClass: ServiceClass

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, !parts[0].isEmpty else { return nil }
    let name = String(parts[0])
    var serviceClass = ServiceClassTable.usual[name] ?? .standard
    serviceClass.name = name
    for promise in parts[1].split(separator: ",") {
      guard Self.set(promise, in: &serviceClass) else { return nil }
    }
    self.serviceClass = serviceClass
  }

  private static func set(_ promise: Substring, in serviceClass: inout ServiceClass) -> Bool {
    if promise == "deferrable" {
      serviceClass.isDeferrable = true
      return true
    }
    let parts = promise.split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return false }
    switch parts[0] {
    case "ttft":
      guard let duration = duration(parts[1]) else { return false }
      serviceClass.timeToFirstToken = duration
    case let name where name.hasPrefix("ttft@"):
      guard let duration = duration(parts[1]), let count = Int(name.dropFirst(5)), count > 0
      else { return false }
      serviceClass.longPromptPromises.removeAll { $0.promptCount == count }
      serviceClass.longPromptPromises.append(
        LongPromptPromise(promptCount: count, timeToFirstToken: duration)
      )
      serviceClass.longPromptPromises.sort { $0.promptCount < $1.promptCount }
    case "per-prompt-token":
      guard let duration = duration(parts[1]) else { return false }
      serviceClass.timePerPromptToken = duration
    case "tpot":
      guard parts[1] == "none" || duration(parts[1]) != nil else { return false }
      serviceClass.timePerOutputToken = duration(parts[1])
    case "quality":
      guard let quality = Quality(rawValue: String(parts[1])) else { return false }
      serviceClass.quality = quality
    case "weight":
      guard let weight = Double(parts[1]), weight > 0, weight.isFinite else { return false }
      serviceClass.weight = weight
    default: return false
    }
    return true
  }

  /// A number of milliseconds or seconds, such as 50ms or 1.5s; a day at most.
  private static func duration(_ text: Substring) -> Duration? {
    let isInMilliseconds = text.hasSuffix("ms")
    guard text.hasSuffix("s"), let number = Double(text.dropLast(isInMilliseconds ? 2 : 1)),
      (0...86_400_000).contains(number)
    else { return nil }
    let duration: Duration = isInMilliseconds ? .milliseconds(number) : .seconds(number)
    return duration > .zero && duration <= .seconds(86_400) ? duration : nil
  }
}
