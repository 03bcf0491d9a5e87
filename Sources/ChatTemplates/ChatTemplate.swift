/// A parsed chat template: the Jinja text with which a model's authors turn a conversation into one prompt.
///
/// Renders as `apply_chat_template` of `transformers` does: Jinja's immutable sandbox with `trim_blocks`,
/// `lstrip_blocks` and loop controls. Templates come with model files from strangers, so parsing and rendering
/// are bounded (``RenderLimits``) and end in a ``ChatTemplateError``, never in a crash or a hang.
package struct ChatTemplate: Sendable {
  private let statements: [Statement]
  private let limits: RenderLimits

  /// Parses `source` once.
  ///
  /// - Throws: ``ChatTemplateError/syntax(reason:line:)``.
  /// - Complexity: linear in the length of the text.
  package init(
    _ source: String,
    limits: RenderLimits = RenderLimits()
  ) throws(ChatTemplateError) {
    let tokens = try Lexer.tokens(of: source)
    var parser = Parser(tokens: tokens)
    self.statements = try parser.parseTemplate()
    self.limits = limits
  }

  /// The prompt for one conversation.
  ///
  /// - Throws: ``ChatTemplateError/rejected(message:line:)`` when the template refuses the conversation, which
  ///   is the client's mistake; any other case is the template's.
  package func render(_ context: ChatTemplateContext) throws(ChatTemplateError) -> String {
    let interpreter = Interpreter(variables: context.variables, now: context.now, limits: limits)
    defer { interpreter.releaseReferences() }
    do throws(Fault) {
      try interpreter.run(statements)
    } catch {
      throw error.located(at: interpreter.line)
    }
    return String(interpreter.output)
  }
}

/// What one rendering may cost before it is stopped.
package struct RenderLimits: Sendable {
  /// Evaluated expressions and statements, plus one for each element and each sixteen characters copied.
  package var stepCount = 5_000_000
  /// Characters of the prompt, and of any string on the way to it.
  package var characterCount = 16_000_000
  /// Nested expressions, blocks and macro calls.
  package var depth = 200

  package init() {}
}
