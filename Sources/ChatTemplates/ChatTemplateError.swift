/// Why a chat template cannot be parsed or rendered; every case names a line of the template, from one.
package enum ChatTemplateError: Error, Hashable, CustomStringConvertible {
  /// The text is not a template, or uses a statement that chat templates do not need.
  case syntax(reason: String, line: Int)
  /// The template called `raise_exception`: it does not accept this conversation, and `message` is written
  /// for the client.
  case rejected(message: String, line: Int)
  /// An operation failed on the values it met, as an attribute of something undefined.
  case evaluation(reason: String, line: Int)
  /// Rendering was stopped at one of ``RenderLimits``.
  case limit(reason: String, line: Int)

  package var description: String {
    switch self {
    case .syntax(let reason, let line):
      "the chat template cannot be parsed at line \(line): \(reason)"
    case .rejected(let message, _): message
    case .evaluation(let reason, let line):
      "the chat template failed at line \(line): \(reason)"
    case .limit(let reason, let line):
      "the chat template was stopped at line \(line): \(reason)"
    }
  }
}

/// A failure inside the interpreter; ``ChatTemplate`` adds the line.
enum Fault: Error {
  case failure(String)
  case rejected(String)
  case limit(String)

  func located(at line: Int) -> ChatTemplateError {
    switch self {
    case .failure(let reason): .evaluation(reason: reason, line: line)
    case .rejected(let message): .rejected(message: message, line: line)
    case .limit(let reason): .limit(reason: reason, line: line)
    }
  }
}
