package import Control

/// A policy as it was asked for, `hpa:target=0.6`, and the part it plays in a comparison.
package struct PolicyChoice: Hashable, Sendable {
  package let text: String
  package let summary: String
  package let role: Role

  /// The part that a policy plays, by the technique it states.
  package enum Role: String, Hashable, Sendable {
    /// A simple rule or a classical controller: what people use today.
    case baseline
    /// It knows the load to come: what no honest policy can beat by forecasting better.
    case bound
    /// It models the application, the load or both.
    case contender
  }

  /// Finds each policy of a list such as `hpa,kpa:target=10,panic=2,oracle` in a registry.
  ///
  /// Commas part policies and parameters alike: what follows one, has an `=` and no `:` before it, is a
  /// parameter of the policy before.
  package static func list(_ text: String, in registry: PolicyRegistry) throws -> [PolicyChoice] {
    var texts: [String] = []
    for part in text.split(separator: ",").map(String.init) {
      let head = part.prefix { $0 != "=" }
      if head.count < part.count, !head.contains(":"), let last = texts.popLast() {
        texts.append(last + (last.contains(":") ? "," : ":") + part)
      } else {
        texts.append(part)
      }
    }
    guard !texts.isEmpty else { throw ComparisonError.noPolicies }
    for (index, text) in texts.enumerated() where texts[..<index].contains(text) {
      throw ComparisonError.repeatedPolicy(text)
    }
    return try texts.map { try PolicyChoice($0, in: registry) }
  }

  private init(_ text: String, in registry: PolicyRegistry) throws(PolicyError) {
    let name = text.prefix { $0 != ":" }
    guard let descriptor = registry.entries.map(\.descriptor).first(where: { $0.name == name })
    else {
      throw .unknownPolicy(String(name), known: registry.entries.map(\.descriptor.name))
    }
    self.text = text
    summary = descriptor.summary
    role =
      switch descriptor.place.technique {
      case .none, .rule, .controlTheory: .baseline
      case .foresight: .bound
      default: .contender
      }
  }

  /// Short enough to stand under a bar.
  var label: String { text.count > 15 ? text.prefix(14) + "…" : text }

  /// The name, with its part where that is not to compete.
  var title: String {
    switch role {
    case .baseline: "\(text) (baseline)"
    case .bound: "\(text) (bound)"
    case .contender: text
    }
  }
}

/// Why policies cannot be compared.
package enum ComparisonError: Error, Hashable, CustomStringConvertible {
  case noPolicies
  case repeatedPolicy(String)
  case unwritable(path: String, reason: String)

  package var description: String {
    switch self {
    case .noPolicies: "no policy is named; plimsoll policies lists them"
    case .repeatedPolicy(let text): "policy \"\(text)\" is named twice"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
    }
  }
}
