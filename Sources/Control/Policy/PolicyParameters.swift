import Applications

/// A policy's own parameters by name; what is not given takes the policy's default.
package struct PolicyParameters: Hashable, Sendable {
  private var values: [String: String] = [:]

  package init() {}

  /// Reads `name=value,name=value`; refuses names that the policy does not describe.
  package init(parsing text: String, of policy: PolicyDescriptor) throws(PolicyError) {
    let known = policy.parameters.map(\.name)
    for assignment in text.split(separator: ",") {
      let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
      guard known.contains(parts[0]) else {
        throw .unknownParameter(parts[0], policy: policy.name, known: known)
      }
      guard parts.count == 2 else {
        throw .badParameter(name: parts[0], value: "", expected: "a value")
      }
      values[parts[0]] = parts[1]
    }
  }

  /// Nil if it was not given.
  package func text(_ name: String) -> String? { values[name] }

  package func double(
    _ name: String,
    default fallback: Double,
    in range: ClosedRange<Double> = -.infinity ... .infinity
  ) throws(PolicyError) -> Double {
    guard let text = values[name] else { return fallback }
    guard let value = Double(text), range.contains(value) else {
      let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
      throw .badParameter(name: name, value: text, expected: expected)
    }
    return value
  }

  package func integer(
    _ name: String,
    default fallback: Int,
    in range: ClosedRange<Int> = 0...Int.max
  ) throws(PolicyError) -> Int {
    guard let text = values[name] else { return fallback }
    guard let value = Int(text), range.contains(value) else {
      let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
      throw .badParameter(name: name, value: text, expected: expected)
    }
    return value
  }

  package func duration(
    _ name: String,
    default fallback: Duration
  ) throws(PolicyError) -> Duration {
    guard let text = values[name] else { return fallback }
    guard let value = Duration(quantity: text) else {
      throw .badParameter(name: name, value: text, expected: "a duration such as 90s or 5m")
    }
    return value
  }

  /// One of the cases of an enumeration.
  package func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String,
    default fallback: Choice
  ) throws(PolicyError) -> Choice {
    guard let text = values[name] else { return fallback }
    guard let value = Choice(rawValue: text) else {
      let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badParameter(name: name, value: text, expected: expected)
    }
    return value
  }
}
