/// Something wrong in a document, and where.
package struct Problem: Hashable, Sendable, CustomStringConvertible {
  package enum Severity: String, Hashable, Sendable {
    case error, warning
  }

  package var severity: Severity
  package var mark: YAMLNode.Mark
  /// The key, from the top: `spec.services[2].replicas.max`; empty for the document itself.
  package var path: YAMLPath
  /// What is wrong and what to do, in one sentence.
  package var message: String

  /// Line, column, key and message, as `12:9: spec.services[2].replicas.max: 0 is below 1`.
  package var description: String {
    let note = severity == .warning ? "warning: " : ""
    let key = path.steps.isEmpty ? "" : "\(path): "
    return "\(mark.line):\(mark.column): \(note)\(key)\(message)"
  }
}

/// Why a document is no application: everything that is wrong with it.
package struct ApplicationError: Error, Hashable, Sendable, CustomStringConvertible {
  package var problems: [Problem]

  package init(_ problems: [Problem]) { self.problems = problems }

  init(_ mark: YAMLNode.Mark, _ message: String) {
    self.init([Problem(severity: .error, mark: mark, path: YAMLPath(), message: message)])
  }

  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}

/// The way from the top of a document to a value.
package struct YAMLPath: Hashable, Sendable, CustomStringConvertible {
  package enum Step: Hashable, Sendable {
    case key(String)
    case index(Int)
  }

  package private(set) var steps: [Step] = []

  package init() {}

  package subscript(key: String) -> YAMLPath { appending(.key(key)) }
  package subscript(index: Int) -> YAMLPath { appending(.index(index)) }

  package func starts(with prefix: YAMLPath) -> Bool { steps.starts(with: prefix.steps) }

  package var description: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
  }

  private func appending(_ step: Step) -> YAMLPath {
    var longer = self
    longer.steps.append(step)
    return longer
  }
}

extension YAMLNode {
  /// Where the value at `path` stands; where its nearest ancestor stands if it is missing.
  func mark(at path: YAMLPath) -> Mark {
    var node = self
    for step in path.steps {
      let next: YAMLNode? =
        switch step {
        case .key(let key): node[key]
        case .index(let index): index < node.elements.count ? node.elements[index] : nil
        }
      guard let next else { break }
      node = next
    }
    return node.mark
  }
}
