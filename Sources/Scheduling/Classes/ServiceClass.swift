/// What a kind of request is promised, and what it gives way to.
///
/// A plain value that travels with a request to its last decode step, so that no stage has to look it up.
package struct ServiceClass: Sendable, Hashable {
  package var name: String
  /// From arrival to the first token, however short the prompt.
  package var timeToFirstToken: Duration
  /// What each token of the prompt adds to that.
  package var timePerPromptToken: Duration = .zero
  /// What takes the place of ``timeToFirstToken`` for longer prompts, in ascending order of their length.
  package var longPromptPromises: [LongPromptPromise] = []
  /// Mean time per token after the first; nil where nobody waits for single tokens.
  package var timePerOutputToken: Duration?
  /// Share of the machine against other classes when there is not enough for all, above zero.
  package var weight: Double
  /// Whether it fills what the others leave: the first to be refused, parked and preempted.
  package var isDeferrable: Bool
  /// Whether united experts may serve those of its requests that do not say so themselves.
  package var quality = Quality.adaptive
  /// Place among the classes of a ``ServiceClassTable``: 0 is served first.
  package internal(set) var urgency: Int

  package init(
    name: String,
    timeToFirstToken: Duration,
    timePerOutputToken: Duration?,
    weight: Double = 1,
    isDeferrable: Bool = false,
    urgency: Int = 0
  ) {
    precondition(weight > 0 && timeToFirstToken > .zero, "class \(name)")
    self.name = name
    self.timeToFirstToken = timeToFirstToken
    self.timePerOutputToken = timePerOutputToken
    self.weight = weight
    self.isDeferrable = isDeferrable
    self.urgency = urgency
  }

  /// From arrival to the first token after a prompt of that many tokens.
  package func timeToFirstToken(promptCount: Int) -> Duration {
    let longest = longPromptPromises.last { $0.promptCount <= promptCount }
    return (longest?.timeToFirstToken ?? timeToFirstToken) + timePerPromptToken * promptCount
  }

  /// Someone reads along.
  package static let interactive = ServiceClass(
    name: "interactive",
    timeToFirstToken: .milliseconds(500),
    timePerOutputToken: .milliseconds(50),
    weight: 4
  )

  /// What a request gets that asks for nothing else.
  ///
  /// Patient enough that a few long prompts at once on a slow machine are served one after the other, not refused.
  package static let standard = ServiceClass(
    name: "standard",
    timeToFirstToken: .seconds(10),
    timePerOutputToken: .milliseconds(100),
    weight: 2,
    urgency: 1
  )

  /// Nobody waits; it is to be done some time.
  package static let batch = ServiceClass(
    name: "batch",
    timeToFirstToken: .seconds(60),
    timePerOutputToken: nil,
    isDeferrable: true,
    urgency: 2
  )
}

/// A time to first token for prompts from some length on.
package struct LongPromptPromise: Sendable, Hashable {
  package let promptCount: Int
  package let timeToFirstToken: Duration

  package init(promptCount: Int, timeToFirstToken: Duration) {
    precondition(promptCount > 0 && timeToFirstToken > .zero, "from \(promptCount) tokens on")
    self.promptCount = promptCount
    self.timeToFirstToken = timeToFirstToken
  }
}

extension ServiceClass: CustomStringConvertible {
  package var description: String {
    let first = timeToFirstToken / .milliseconds(1)
    let next = timePerOutputToken.map { ", then \(($0 / .milliseconds(1)).rounded()) ms a token" }
    let full = quality == .full ? ", full quality" : ""
    return "\(name) (first token in \(first.rounded()) ms\(next ?? "")\(full))"
  }
}

/// The classes a server knows, most urgent first.
package struct ServiceClassTable: Sendable, Hashable, CustomStringConvertible {
  package private(set) var classes: [ServiceClass]
  /// For requests that name no class.
  package private(set) var defaultIndex: Int

  /// `defaultName` must be one of the classes, whose names must differ.
  package init(_ classes: [ServiceClass], defaultName: String) {
    let names = classes.map(\.name)
    precondition(Set(names).count == names.count, "two classes of one name among \(names)")
    guard let index = names.firstIndex(of: defaultName) else {
      preconditionFailure("the default class \(defaultName) is not among \(names)")
    }
    self.classes = classes
    defaultIndex = index
    for index in classes.indices { self.classes[index].urgency = index }
  }

  /// Interactive, standard and batch.
  package static let usual = ServiceClassTable(
    [.interactive, .standard, .batch],
    defaultName: ServiceClass.standard.name
  )

  package var defaultClass: ServiceClass { classes[defaultIndex] }

  package var description: String { classes.map(\.description).joined(separator: ", ") }

  package subscript(name: String) -> ServiceClass? { classes.first { $0.name == name } }

  /// Sets a class's promises, or adds it before the first that promises its first token later.
  package mutating func set(_ serviceClass: ServiceClass) {
    let defaultName = defaultClass.name
    if let index = classes.firstIndex(where: { $0.name == serviceClass.name }) {
      classes[index] = serviceClass
    } else {
      let index = classes.firstIndex { $0.timeToFirstToken > serviceClass.timeToFirstToken }
      classes.insert(serviceClass, at: index ?? classes.endIndex)
    }
    self = ServiceClassTable(classes, defaultName: defaultName)
  }
}
