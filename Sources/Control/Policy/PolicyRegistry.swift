/// The policies that can be chosen by name.
package struct PolicyRegistry: Sendable {
  /// One policy: what it is and how it is made.
  package struct Entry: Sendable {
    package let descriptor: PolicyDescriptor
    package let make: @Sendable (PolicySetting) throws(PolicyError) -> any Policy

    package init<Chosen: Policy>(
      _ policy: Chosen.Type,
      make: @escaping @Sendable (PolicySetting) throws(PolicyError) -> Chosen
    ) {
      descriptor = policy.descriptor
      self.make = { (setting) throws(PolicyError) in try make(setting) }
    }
  }

  /// In the order in which they are listed.
  package let entries: [Entry]

  package init(_ entries: [Entry]) {
    let names = entries.map(\.descriptor.name)
    precondition(Set(names).count == names.count, "two policies of one name among \(names)")
    self.entries = entries
  }

  /// Makes the policy that a choice such as `hpa` or `hpa:target=0.6,tolerance=0.05` names.
  package func policy(_ choice: String, for setting: PolicySetting) throws(PolicyError)
    -> any Policy
  {
    let parts = choice.split(separator: ":", maxSplits: 1).map(String.init)
    let name = parts.first ?? choice
    guard let entry = entries.first(where: { $0.descriptor.name == name }) else {
      throw .unknownPolicy(name, known: entries.map(\.descriptor.name))
    }
    var setting = setting
    setting.parameters = try PolicyParameters(
      parsing: parts.count > 1 ? parts[1] : "",
      of: entry.descriptor
    )
    return try entry.make(setting)
  }
}

/// Why a policy cannot be made.
package enum PolicyError: Error, Hashable, CustomStringConvertible {
  case unknownPolicy(String, known: [String])
  case unknownParameter(String, policy: String, known: [String])
  case badParameter(name: String, value: String, expected: String)
  /// The policy needs to know the load to come, and nobody told it.
  case needsForesight(policy: String)
  /// The policy needs a trained forecaster, and nobody gave it one.
  case needsForecaster(policy: String)

  package var description: String {
    switch self {
    case .unknownPolicy(let name, let known):
      "there is no policy \"\(name)\"; choose among \(known.joined(separator: ", "))"
    case .unknownParameter(let name, let policy, let known):
      "policy \"\(policy)\" has no parameter \"\(name)\"; it has "
        + (known.isEmpty ? "none" : known.joined(separator: ", "))
    case .badParameter(let name, let value, let expected):
      "parameter \(name)=\(value): expected \(expected)"
    case .needsForesight(let policy):
      "policy \"\(policy)\" decides on the load to come, so it needs a load file"
    case .needsForecaster(let policy):
      "policy \"\(policy)\" needs a trained forecaster: make one with plimsoll train forecaster and give it with"
        + " --forecaster FILE, or choose another method"
    }
  }
}
