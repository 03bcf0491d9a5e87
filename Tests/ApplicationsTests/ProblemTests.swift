import Applications
import Foundation
import Testing

/// Each case breaks the full document in one place and states the message, line and key included.
struct ProblemTests {
  /// A mistake: what is replaced by what, the text at which the message must point, and the message.
  struct Mistake: Sendable, CustomStringConvertible {
    let original: String
    let broken: String
    let culprit: String
    let message: String

    var description: String { broken }
  }

  static let mistakes = [
    Mistake(
      original: "weight: 3",
      broken: "wieght: 3",
      culprit: "wieght",
      message: #"spec.entryPoints[0].wieght: unknown key "wieght"; did you mean "weight"?"#
    ),
    Mistake(
      original: "bound: 250ms",
      broken: "bound: 250",
      culprit: "250",
      message: #"spec.entryPoints[0].slo.bound: "250" has no unit: expected a duration such as "#
        + "500ms, 2s or 1m30s"
    ),
    Mistake(
      original: "cpu: 250m,",
      broken: "cpu: 250Mi,",
      culprit: "250Mi",
      message: "spec.services[0].resources.requests.cpu: expected a CPU quantity such as 250m or "
        + #"0.5, found "250Mi""#
    ),
    Mistake(
      original: "memory: 64Mi",
      broken: "memory: 64MB",
      culprit: "64MB",
      message: "spec.services[0].resources.requests.memory: expected a memory quantity such as "
        + #"64Mi or 1.5Gi, found "64MB""#
    ),
    Mistake(
      original: "probability: 0.4",
      broken: "probability: 1.4",
      culprit: "1.4",
      message: "spec.services[0].operations[0].calls[0].probability: expected a number, at least 0 "
        + #"and at most 1, found "1.4""#
    ),
    Mistake(
      original: "quantile: 0.99",
      broken: "quantile: 99",
      culprit: "99",
      message: "spec.entryPoints[0].slo.quantile: expected a number, above 0 and below 1, "
        + #"found "99""#
    ),
    Mistake(
      original: #"note: "12""#,
      broken: "note: 12",
      culprit: "12",
      message: #"metadata.annotations.note: "12" is read as a number; write it in quotes"#
    ),
    Mistake(
      original: "weights: int4",
      broken: "weights: in4",
      culprit: "in4",
      message: #"spec.services[2].llm.weights: "in4" is not one of float32, bfloat16, int8, int4; "#
        + #"did you mean "int4"?"#
    ),
    Mistake(
      original: "service: model, operation: chat",
      broken: "service: modle, operation: chat",
      culprit: "modle",
      message: "spec.services[0].operations[1].calls[0].service: there is no service "
        + #""modle"; did you mean "model"?"#
    ),
    Mistake(
      original: "operation: GET /browse",
      broken: "operation: GET /brwose",
      culprit: "GET",
      message: #"spec.entryPoints[0].operation: "web" has no operation "GET /brwose"; did you "#
        + #"mean "GET /browse"?"#
    ),
    Mistake(
      original: "initial: 2,",
      broken: "initial: 9,",
      culprit: "9,",
      message: #"spec.services[0].replicas.initial: 9 is outside "min" to "max", 1 to 8"#
    ),
    Mistake(
      original: "min: 1, max: 8",
      broken: "min: 9, max: 8",
      culprit: "9,",
      message: #"spec.services[0].replicas.min: 9 is above "max", 8"#
    ),
    Mistake(
      original: "limits: {cpu: 1,",
      broken: "limits: {cpu: 100m,",
      culprit: "100m",
      message: "spec.services[0].resources.limits.cpu: 100m is below the request, 250m"
    ),
    Mistake(
      original: "- name: cart\n",
      broken: "- name: web\n",
      culprit: "web",
      message: #"spec.services[1].name: there is a service "web" already, on line 17"#
    ),
    Mistake(
      original: "kind: Application",
      broken: "kind: Aplication",
      culprit: "Aplication",
      message: #"kind: "Aplication" is not Application; did you mean "Application"?"#
    ),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named with line, key and remedy`(mistake: Mistake) throws {
    let place = try #require(fullDocument.range(of: mistake.original))
    let document = fullDocument.replacingCharacters(in: place, with: mistake.broken)
    let culprit = try #require(
      document.range(of: mistake.culprit, range: place.lowerBound..<document.endIndex)
    )
    let before = document[..<culprit.lowerBound].split(
      separator: "\n",
      omittingEmptySubsequences: false
    )
    let expected = "\(before.count):\((before.last?.count ?? 0) + 1): \(mistake.message)"
    let problems = Application.problems(in: document).map(\.description)
    #expect(problems.contains(expected), "\(problems.joined(separator: "\n"))")
  }

  @Test func `all mistakes are told at once, in the order of the text`() {
    let document = fullDocument.replacing("weight: 3", with: "wieght: 3")
      .replacing("cpu: 250m", with: "cpu: lots").replacing("service: model", with: "service: x9")
    #expect(Application.problems(in: document).map(\.mark.line) == [13, 23, 45])
  }

  @Test func `a service that is broken itself is not blamed again by its callers`() {
    let document = fullDocument.replacing("      - name: read", with: "      - nmae: read")
    let problems = Application.problems(
      in: document.replacing("    - name: read", with: "    - nmae: read")
    )
    #expect(problems.map(\.mark.line) == [48, 48], "\(problems)")
  }

  @Test func `calls that go round in a circle are shown as a chain`() {
    let document = fullDocument.replacing(
      "    - name: read",
      with: "    - name: read\n      calls: [{service: web, operation: ask}]"
    ).replacing("{service: model, operation: chat}", with: "{service: cart, operation: read}")
    let messages = Application.problems(in: document).map(\.description)
    #expect(
      messages == [
        "49:15: spec.services[1].operations[0].calls[0]: the calls go round in a circle: "
          + "cart/read → web/ask → cart/read"
      ]
    )
  }

  @Test func `two services may call each other if no chain ends in itself`() {
    let document = fullDocument.replacing(
      "    - name: read",
      with: "    - name: read\n    - name: back\n      calls: [{service: web, operation: ask}]"
    )
    #expect(Application.problems(in: document) == [])
  }

  @Test func `a service that nothing reaches is a warning, and the document is read`() throws {
    let document = fullDocument.replacing(
      "  - name: cart",
      with: "  - name: idle\n    operations: [{name: x}]\n  - name: cart"
    )
    let problems = Application.problems(in: document)
    #expect(problems.map(\.severity) == [.warning])
    #expect(problems.first?.message == "no entry point ever reaches \"idle\"")
    #expect(try Application(parsing: document).services.count == 4)
  }

  @Test(arguments: [
    ("a: [1, 2", "not YAML"), ("", "is empty"), ("a: 1\na: 2", "\"a\" is there twice"),
    ("- 1", "expected a map"), ("just text", "expected a map"), ("? {b: 1}\n: c", "a key must be"),
    ("a: *b", "alias"), ("--- 1\n--- 2", "document"),
  ])
  func `text that is no document is refused in words`(text: String, words: String) {
    let problems = Application.problems(in: text)
    #expect(problems.contains { $0.message.contains(words) }, "\(problems)")
  }
}
