import Yams

extension YAMLNode {
  /// Bounds on what is read, so that a small file cannot ask for a large memory (aliases of aliases).
  private static let nodeLimit = 1_000_000
  private static let byteLimit = 64 << 20

  /// Reads one YAML or JSON document.
  /// - Throws: ``ApplicationError`` with the place at which reading stopped.
  package init(parsing text: String) throws(ApplicationError) {
    guard text.utf8.count <= Self.byteLimit else {
      throw ApplicationError(.none, "the document is larger than \(Self.byteLimit >> 20) MiB")
    }
    let root: Node?
    do {
      root = try compose(yaml: text)
    } catch let error as YamlError {
      throw ApplicationError(error)
    } catch {
      throw ApplicationError(.none, "\(error)")
    }
    guard let root else { throw ApplicationError(.none, "the document is empty") }
    var budget = Self.nodeLimit
    self = try Self.convert(root, &budget)
  }

  private static func convert(
    _ node: Node,
    _ budget: inout Int
  ) throws(ApplicationError) -> YAMLNode {
    let mark = Mark(node.mark)
    budget -= 1
    guard budget > 0 else {
      throw ApplicationError(mark, "the document has more than \(nodeLimit) values")
    }
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style != .plain && scalar.style != .any
      return YAMLNode(.scalar(Scalar(scalar.string, isQuoted: isQuoted)), at: mark)
    case .sequence(let sequence):
      var elements: [YAMLNode] = []
      for element in sequence { elements.append(try convert(element, &budget)) }
      return YAMLNode(.list(elements), at: mark)
    case .mapping(let mapping):
      var members: [Member] = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw ApplicationError(Mark(key.mark), "a key must be a text")
        }
        let value = try convert(value, &budget)
        members.append(Member(key: name, keyMark: Mark(key.mark), value: value))
      }
      return YAMLNode(.map(members), at: mark)
    case .alias:
      throw ApplicationError(mark, "an alias without a value")
    }
  }

  /// This value as YAML in block style.
  package var text: String {
    do {
      return try serialize(node: yams, width: 110, allowUnicode: true)
    } catch {
      preconditionFailure("a tree of texts has a YAML form: \(error)")
    }
  }

  private var yams: Node {
    switch content {
    case .scalar(let scalar):
      Node(scalar.text, Tag(.implicit), scalar.isQuoted ? .doubleQuoted : .plain)
    case .list(let elements): Node(elements.map(\.yams), Tag(.implicit), .block)
    case .map(let members):
      Node(members.map { (Node($0.key), $0.value.yams) }, Tag(.implicit), .block)
    }
  }
}

extension YAMLNode.Mark {
  fileprivate init(_ mark: Yams.Mark?) {
    self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }
}

extension ApplicationError {
  fileprivate init(_ error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let place = context.map { " \($0.text) on line \($0.mark.line)" } ?? ""
      self.init(YAMLNode.Mark(mark), "not YAML: \(problem)\(place)")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "\"\($0)\"" }.joined(separator: ", ")
      self.init(YAMLNode.Mark(context.mark), "\(names) is there twice")
    case .reader(let problem, let offset, _, _):
      self.init(.none, "not readable as text: \(problem) at byte \(offset ?? 0)")
    default:
      self.init(.none, "\(error)")
    }
  }
}
