import ChatTemplates
import Foundation
import OrderedCollections
import OrderedJSON
import Testing

/// Renders every case of `Goldens/cases.json`, which `tools/goldens/chat_templates.py` made with `transformers`.
@Suite struct GoldenTests {
  static let goldens = Result { try Goldens() }

  @Test func `every case renders as the reference does`() throws {
    let goldens = try Self.goldens.get()
    #expect(goldens.cases.count >= 300)
    for golden in goldens.cases {
      let source = try goldens.source(of: golden)
      let outcome = Outcome { try ChatTemplate(source).render(goldens.context(for: golden)) }
      #expect(
        outcome == Outcome(expected: golden),
        "\(golden["name"]?.stringValue ?? ""): \(source)"
      )
    }
  }
}

/// How a rendering ended, with the parts that must agree with the reference.
private enum Outcome: Equatable {
  case output(String)
  case rejected(String)
  case failure

  init(_ render: () throws -> String) {
    do {
      self = .output(try render())
    } catch ChatTemplateError.rejected(let message, _) {
      self = .rejected(message)
    } catch {
      self = .failure
    }
  }

  init(expected golden: JSON) {
    if let output = golden["output"]?.stringValue {
      self = .output(output)
    } else if let message = golden["rejected"]?.stringValue {
      self = .rejected(message)
    } else {
      self = .failure
    }
  }

  /// Compares by code points: Swift takes canonically equivalent strings for equal.
  static func == (left: Outcome, right: Outcome) -> Bool {
    switch (left, right) {
    case (.output(let left), .output(let right)), (.rejected(let left), .rejected(let right)):
      left.unicodeScalars.elementsEqual(right.unicodeScalars)
    case (.failure, .failure): true
    default: false
    }
  }
}

/// The cases with the conversations and tokens that they share.
struct Goldens {
  let cases: [JSON]
  private let root: JSON
  private let folder: URL

  init() throws {
    folder = try #require(Bundle.module.url(forResource: "Goldens", withExtension: nil))
    let text = try Data(contentsOf: folder.appending(path: "cases.json"))
    root = try JSON(parsing: Array(text))
    cases = try #require(root["cases"]?.arrayValue)
  }

  func source(of golden: JSON) throws -> String {
    if let template = golden["template"]?.stringValue { return template }
    let file = try #require(golden["file"]?.stringValue)
    return try String(contentsOf: folder.appending(path: "templates/\(file)"), encoding: .utf8)
  }

  /// The named conversation, or the one that the language cases see together with their data.
  func context(for golden: JSON) throws -> ChatTemplateContext {
    let name = golden["conversation"]?.stringValue
    var arguments = try #require(root["conversations"]?[name ?? "system"]?.objectValue)
    let messages = try #require(arguments.removeValue(forKey: "messages")?.arrayValue)
    let isPrompted = arguments.removeValue(forKey: "add_generation_prompt") == .bool(true)
    let tools = arguments.removeValue(forKey: "tools")
    let documents = arguments.removeValue(forKey: "documents")
    if name == nil {
      arguments.merge(try #require(root["data"]?.objectValue)) { _, data in data }
    }
    let tokens = try #require(root["tokens"]?.objectValue)
    return ChatTemplateContext(
      messages: messages,
      tools: tools,
      documents: documents,
      addGenerationPrompt: isPrompted,
      specialTokens: Dictionary(
        uniqueKeysWithValues: tokens.map { ($0.key, $0.value.stringValue ?? "") }
      ),
      arguments: arguments,
      now: CalendarTime(secondsSince1970: 1_741_359_849)
    )
  }
}
