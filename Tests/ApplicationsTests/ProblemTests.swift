import Applications
import Testing

/// Each case breaks the full document in one place and states the message, line and key included.
struct ProblemTests {
  @Test(arguments: [
    (
      "weight: 3", "wieght: 3",
      #"13:7: spec.entryPoints[0].wieght: unknown key "wieght"; did you mean "weight"?"#
    ),
    (
      "bound: 250ms", "bound: 250",
      #"14:30: spec.entryPoints[0].slo.bound: "250" has no unit: expected a duration such as 500ms, 2s or 1m30s"#
    ),
    (
      "cpu: 250m,", "cpu: 250Mi,",
      #"23:25: spec.services[0].resources.requests.cpu: expected a CPU quantity such as 250m or 0.5, found "250Mi""#
    ),
    (
      "memory: 64Mi", "memory: 64MB",
      #"23:39: spec.services[0].resources.requests.memory: expected a memory quantity such as 64Mi or 1.5Gi, found "64MB""#
    ),
    (
      "probability: 0.4", "probability: 1.4",
      #"34:59: spec.services[0].operations[0].calls[0].probability: expected a number, at least 0 and at most 1, found "1.4""#
    ),
    (
      "quantile: 0.99", "quantile: 99",
      #"14:23: spec.entryPoints[0].slo.quantile: expected a number, above 0 and below 1, found "99""#
    ),
    (
      "note: \"12\"", "note: 12",
      #"7:24: metadata.annotations.note: "12" is read as a number; write it in quotes"#
    ),
    (
      "weights: int4", "weights: int5",
      #"50:18: spec.services[2].llm.weights: "int5" is not one of float32, bfloat16, int8, int4; did you mean "int4"?"#
    ),
    (
      "service: model, operation: chat", "service: modle, operation: chat",
      #"43:20: spec.services[0].operations[1].calls[0].service: there is no service "modle"; did you mean "model"?"#
    ),
    (
      "service: web\n    operation: GET /browse", "service: web\n    operation: GET /brwose",
      #"12:18: spec.entryPoints[0].operation: "web" has no operation "GET /brwose"; did you mean "GET /browse"?"#
    ),
    (
      "initial: 2,", "initial: 9,",
      #"25:28: spec.services[0].replicas.initial: 9 is outside "min" to "max", 1 to 8"#
    ),
    (
      "min: 1, max: 8", "min: 9, max: 8",
      #"25:36: spec.services[0].replicas.min: 9 is above "max", 8"#
    ),
    (
      "limits: {cpu: 1,", "limits: {cpu: 100m,",
      #"24:23: spec.services[0].resources.limits.cpu: 100m is below the request, 250m"#
    ),
    (
      "  - name: cart\n", "  - name: web\n",
      #"44:13: spec.services[1].name: there is a service "web" already, on line 16"#
    ),
    (
      "kind: Application", "kind: Aplication",
      #"2:7: kind: "Aplication" is not Application; did you mean "Application"?"#
    ),
  ])
  func `a mistake is named with line, key and remedy`(
    original: String,
    broken: String,
    message: String
  ) {
    let document = fullDocument.replacing(original, with: broken, maxReplacements: 1)
    #expect(document != fullDocument, "\(original) is not in the document")
    let problems = Application.problems(in: document).map(\.description)
    #expect(problems.contains(message), "\(problems.joined(separator: "\n"))")
  }

  @Test func `all mistakes are told at once, in the order of the text`() {
    let document = fullDocument.replacing("weight: 3", with: "wieght: 3")
      .replacing("cpu: 250m", with: "cpu: lots").replacing("service: model", with: "service: x9")
    #expect(Application.problems(in: document).map(\.mark.line) == [13, 23, 43])
  }

  @Test func `a service that is broken itself is not blamed again by its callers`() {
    let document = fullDocument.replacing("      - name: read", with: "      - nmae: read")
    let problems = Application.problems(
      in: document.replacing("    - name: read", with: "    - nmae: read")
    )
    #expect(problems.map(\.mark.line) == [46, 46], "\(problems)")
  }

  @Test func `calls that go round in a circle are shown as a chain`() {
    let document = fullDocument.replacing(
      "    - name: read",
      with: "    - name: read\n      calls: [{service: web, operation: ask}]"
    ).replacing("{service: model, operation: chat}", with: "{service: cart, operation: read}")
    let messages = Application.problems(in: document).map(\.description)
    #expect(
      messages == [
        "43:9: spec.services[0].operations[1].calls[0]: the calls go round in a circle: "
          + "web/ask → cart/read → web/ask"
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
    ("- 1", "expected a map"), ("just text", "expected a map"), ("{a: {b: 1}: c}", "a key must be"),
    ("a: *b", "alias"), ("--- 1\n--- 2", "document"),
  ])
  func `text that is no document is refused in words`(text: String, words: String) {
    let problems = Application.problems(in: text)
    #expect(problems.contains { $0.message.contains(words) }, "\(problems)")
  }
}
