import ChatTemplates
import OrderedCollections
import OrderedJSON
import Testing

@Suite struct ChatTemplateTests {
  private let context = ChatTemplateContext(messages: [["role": "user", "content": "hi"]])

  private func failure(_ source: String) throws -> ChatTemplateError {
    try #require(throws: ChatTemplateError.self) { try ChatTemplate(source).render(context) }
  }

  @Test func `a template renders its messages`() throws {
    let template = try ChatTemplate(
      "{% for m in messages %}<{{ m.role }}>{{ m['content'] }}{% endfor %}"
    )
    #expect(try template.render(context) == "<user>hi")
  }

  @Test func `a rejection carries the template's message and line`() throws {
    let error = try failure("a\n{{ raise_exception('No ' ~ messages[0].role) }}")
    #expect(error == .rejected(message: "No user", line: 2))
    #expect(error.description == "No user")
  }

  @Test func `a failure names the line of the template`() throws {
    #expect(
      try failure("a\n\n{% if true %}\n{{ nobody.name }}{% endif %}")
        == .evaluation(reason: "'nobody' is undefined", line: 4)
    )
    #expect(
      try failure("\n{% nosuch %}") == .syntax(reason: "unknown block 'nosuch'", line: 2)
    )
    #expect(
      try failure("{% macro f() %}\n{{ 1 + 'a' }}\n{% endmacro %}\n\n{{ f() }}").description
        == "the chat template failed at line 5: unsupported operand types for +: 'int' and 'str'"
    )
  }

  @Test func `the client's arguments win over special tokens`() throws {
    var context = context
    context.specialTokens = ["bos_token": "<s>", "eos_token": "</s>"]
    context.arguments = ["bos_token": "mine"]
    #expect(try ChatTemplate("{{ bos_token }}{{ eos_token }}").render(context) == "mine</s>")
  }

  @Test func `members keep the order in which the client sent them`() throws {
    var context = context
    context.tools = .array([["z": 1, "a": ["k": [1.0, .null]]]])
    #expect(
      try ChatTemplate("{{ tools | tojson }}").render(context)
        == #"[{"z": 1, "a": {"k": [1.0, null]}}]"#
    )
  }

  @Test func `the clock is given, not read`() throws {
    var context = context
    context.now = CalendarTime(secondsSince1970: 951_782_400, utcOffset: -1)
    let template = try ChatTemplate("{{ strftime_now('%Y-%m-%d %H:%M:%S %j') }}")
    #expect(try template.render(context) == "2000-02-28 23:59:59 059")
    context.now = CalendarTime(secondsSince1970: .min, utcOffset: .max)
    #expect(try !template.render(context).isEmpty)
  }
}
