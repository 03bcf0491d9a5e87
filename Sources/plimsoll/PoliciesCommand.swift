import ArgumentParser
import Applications
import Control
import Policies

/// Lists the scaling policies, what each takes, and where it stands in the survey's taxonomy.
struct PoliciesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policies",
    abstract: "List the scaling policies and their place in the taxonomy.",
    discussion: """
      A policy is chosen by name, with parameters if need be: hpa, or hpa:target=0.6,tolerance=0.05. The
      taxonomy is that of "Auto-scaling Approaches for Microservice Applications" (arXiv:2507.17128).
      """
  )

  @Argument(help: "Only these policies, with their parameters.")
  var names: [String] = []

  func validate() throws {
    let known = PolicyRegistry.standard.entries.map(\.descriptor.name)
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw ValidationError(PolicyError.unknownPolicy(unknown, known: known).description)
    }
  }

  func run() {
    let descriptors = PolicyRegistry.standard.entries.map(\.descriptor)
    if names.isEmpty {
      print(descriptors.map(\.line).joined(separator: "\n"))
    } else {
      let chosen = names.compactMap { name in descriptors.first { $0.name == name } }
      print(chosen.map(\.paragraph).joined(separator: "\n\n"))
    }
  }
}

extension PolicyDescriptor {
  /// The name, what it does, and its place, in two lines.
  fileprivate var line: String {
    let indent = String(repeating: " ", count: 10)
    return "\(name)\(indent.dropFirst(name.count))\(summary)\n\(indent)\(place.summary)"
  }

  fileprivate var paragraph: String {
    var text = "\(name): \(summary)\n"
    text += "  asked every  \(interval.quantity)\n"
    text += place.rows.map { "  \($0.padded(to: 13))\($1)\n" }.joined()
    guard !parameters.isEmpty else { return text + "  parameters   none" }
    let width = (parameters.map(\.name.count).max() ?? 0) + 2
    let rows = parameters.map {
      "    \($0.name.padded(to: width))\($0.meaning) (\($0.defaultValue))"
    }
    return text + "  parameters\n" + rows.joined(separator: "\n")
  }
}

extension Taxonomy {
  /// The dimensions of the survey, in its order, and the leaves.
  fileprivate var rows: [(String, String)] {
    func list(_ leaves: [String]) -> String {
      leaves.isEmpty ? "none" : leaves.joined(separator: ", ")
    }
    return [
      ("resources", list(resources.map(\.rawValue))),
      ("controller", controller.rawValue),
      ("direction", list(directions.map(\.rawValue))),
      ("trigger", trigger.rawValue),
      ("technique", technique.rawValue),
      ("objectives", list(objectives.map(\.rawValue))),
      ("models", list(models.map(\.rawValue))),
    ]
  }

  fileprivate var summary: String {
    rows.filter { $0.1 != "none" }.map { "\($0): \($1)" }.joined(separator: "; ")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
