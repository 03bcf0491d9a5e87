import ChatTemplates
import OrderedJSON
import Randomness
import Testing

@Suite struct HostileTemplateTests {
  private let context = ChatTemplateContext(messages: [["role": "user", "content": "hi"]])

  @Test(
    arguments: [
      "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
      "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
      "{% macro f(x) %}{{ f([x]) }}{% endmacro %}{{ f(1) }}",
      "{% set ns = namespace(x=1) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}",
      "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
      "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
      "{% set s = 'a' * 99999 %}{% for i in range(9999) %}{% if s.find('b') %}{% endif %}{% endfor %}",
      "{% set s = 'a' * 99999 %}{% for i in range(9999) %}{% if s ~ 'b' in s %}{% endif %}{% endfor %}",
      "{% set ns = namespace(s='abcd') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
      "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
      "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
      "{{ 'x' * 99999999999 }}",
      "{{ [1] * 99999999999 }}",
      "{{ ('x' * 9999) | replace('x', 'x' * 9999) }}",
      "{{ ('x\\n' * 9999) | indent(99999) }}",
    ]
  )
  func `a template that would never end is stopped at a limit`(source: String) throws {
    var limits = RenderLimits()
    limits.stepCount = 50_000
    let template = try ChatTemplate(source, limits: limits)
    let error = try #require(throws: ChatTemplateError.self) { try template.render(context) }
    guard case .limit = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test(
    arguments: [
      String(repeating: "(", count: 10_000), String(repeating: "[", count: 10_000),
      String(repeating: "not ", count: 10_000), String(repeating: "-", count: 10_000),
      "a" + String(repeating: ".a", count: 10_000), "a" + String(repeating: "|trim", count: 10_000),
      "a" + String(repeating: " if a else a", count: 10_000),
      "a" + String(repeating: " is a(a", count: 10_000),
    ]
  )
  func `an expression that nests too deeply is refused`(expression: String) throws {
    #expect(throws: ChatTemplateError.self) { try ChatTemplate("{{ \(expression) }}") }
  }

  @Test func `blocks that nest too deeply are refused`() throws {
    #expect(throws: ChatTemplateError.self) {
      try ChatTemplate(String(repeating: "{% if a %}", count: 10_000))
    }
  }

  @Test func `the edges of arithmetic are failures`() throws {
    let expressions = [
      "9223372036854775807 + 1", "-9223372036854775807 - 2", "9223372036854775807 * 2",
      "(-9223372036854775807 - 1) // -1", "-(-9223372036854775807 - 1)", "2 ** 64",
      "(-9223372036854775807 - 1) | abs", "10.0 ** 400", "99999999999999999999",
      "range(-9223372036854775807, 9223372036854775807)",
    ]
    for expression in expressions {
      #expect(throws: ChatTemplateError.self, "\(expression)") {
        try ChatTemplate("{{ \(expression) }}").render(context)
      }
    }
  }

  @Test func `a mutated template renders or throws`() throws {
    let goldens = try GoldenTests.goldens.get()
    let seed: UInt64 = 20_250_307
    var generator = SplitMix64(seed: seed)
    var limits = RenderLimits()
    limits.stepCount = 5_000
    limits.characterCount = 100_000
    let sources = try goldens.cases.map { try goldens.source(of: $0) }
    var failureCount = 0
    for _ in 0..<1_500 {
      let index = Int.random(in: 0..<sources.count, using: &generator)
      let other = try #require(sources.randomElement(using: &generator))
      let source = mutated(sources[index], with: other, using: &generator)
      let context = try goldens.context(for: goldens.cases[index])
      do throws(ChatTemplateError) {
        let template = try ChatTemplate(source, limits: limits)
        _ = try template.render(context)
      } catch {
        failureCount += 1
      }
    }
    #expect(failureCount > 100, "seed \(seed)")
  }

  private func mutated(
    _ source: String,
    with other: String,
    using generator: inout SplitMix64
  ) -> String {
    var scalars = Array(source.unicodeScalars)
    let donor = Array(other.unicodeScalars)
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let start = Int.random(in: 0...scalars.count, using: &generator)
      let end = min(scalars.count, start + Int.random(in: 0...8, using: &generator))
      let from = Int.random(in: 0...donor.count, using: &generator)
      let to = min(donor.count, from + Int.random(in: 0...12, using: &generator))
      scalars.replaceSubrange(start..<end, with: donor[from..<to])
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
