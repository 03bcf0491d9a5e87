import Applications
import Foundation
import OrderedJSON
import Testing

@testable import Applications

struct SchemaTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let published = root.appending(path: "docs/schema/application.schema.json")

  /// `PLIMSOLL_RECORD=1 swift test --filter SchemaTests` writes the file anew, and fails once.
  @Test func `the published schema is the one that documents are checked by`() throws {
    let text = ApplicationSchema.json.prettyText
    let known = try? String(contentsOf: Self.published, encoding: .utf8)
    guard ProcessInfo.processInfo.environment["PLIMSOLL_RECORD"] == nil else {
      try text.write(to: Self.published, atomically: true, encoding: .utf8)
      Issue.record("recorded; run again without PLIMSOLL_RECORD")
      return
    }
    #expect(known == text, "docs/schema/application.schema.json is stale")
    #expect(try JSON(parsing: text) == ApplicationSchema.json)
  }

  @Test func `every definition is reached from the document`() {
    var reached: Set<String> = []
    var waiting = [ApplicationShape.root]
    while let name = waiting.popLast() {
      guard reached.insert(name).inserted else { continue }
      waiting += ApplicationShape.definition(name).properties.flatMap { $0.shape.definitions }
    }
    #expect(reached == Set(ApplicationShape.definitions.map(\.name)))
  }

  @Test func `the full document uses every key that is described`() throws {
    var unused: Set<String> = []
    for object in ApplicationShape.definitions {
      for property in object.properties { unused.insert("\(object.name).\(property.key)") }
    }
    let root = try YAMLNode(parsing: fullDocument)
    note(root, .object(ApplicationShape.root), in: &unused)
    #expect(unused.isEmpty)
  }

  @Test(arguments: QuantityRule.allCases)
  func `every quantity that is read matches its published pattern`(rule: QuantityRule) throws {
    let pattern = try Regex(rule.pattern)
    let units = [
      "", "m", "us", "ms", "s", "h", "Ki", "Mi", "Gi", "Ti", "k", "M", "G", "T", "1m30s",
    ]
    for number in ["0", "1", "0.5", "250", "1.25", "1.", ".5", "-1", "1e3", "01"] {
      for unit in units where rule.accepts(number + unit) {
        #expect((number + unit).wholeMatch(of: pattern) != nil, "\(number)\(unit)")
      }
    }
  }

  @Test func `names that are accepted are those that the pattern matches`() throws {
    let pattern = try Regex(try #require(TextRule.label.pattern))
    let letters = ["a", "z", "0", "9", "-", "A", "_", ".", "é"]
    for first in letters {
      for second in letters + [""] {
        for third in letters + [""] {
          let name = first + second + third
          #expect(TextRule.label.accepts(name) == (name.wholeMatch(of: pattern) != nil), "\(name)")
        }
      }
    }
    #expect(
      !TextRule.label.accepts("") && !TextRule.label.accepts(String(repeating: "a", count: 64))
    )
  }

  /// Strikes out the keys that a value uses.
  private func note(_ node: YAMLNode, _ shape: Shape, in unused: inout Set<String>) {
    switch shape {
    case .object(let name):
      let object = ApplicationShape.definition(name)
      for member in node.members {
        unused.remove("\(name).\(member.key)")
        if let property = object[member.key] { note(member.value, property.shape, in: &unused) }
      }
    case .variant(let names):
      let chosen = names.first {
        node[ApplicationShape.definition($0).properties[0].key] != nil
      }
      if let chosen { note(node, .object(chosen), in: &unused) }
    case .list(let element, _): for value in node.elements { note(value, element, in: &unused) }
    default: break
    }
  }
}

extension Shape {
  /// The definitions that this refers to.
  fileprivate var definitions: [String] {
    switch self {
    case .object(let name): [name]
    case .variant(let names): names
    case .list(let element, _): element.definitions
    default: []
    }
  }
}
