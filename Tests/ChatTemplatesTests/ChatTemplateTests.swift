import ChatTemplates
import OrderedJSON
import Testing

@Suite struct ChatTemplateTests {
  @Test func `a template renders its messages`() throws {
    let template = try ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m['content'] }}{% endfor %}")
    let context = ChatTemplateContext(messages: [["role": "user", "content": "hi"]])
    #expect(try template.render(context) == "<user>hi")
  }
}
