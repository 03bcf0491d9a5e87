/// One token of a template and the line it stands on.
struct Token: Sendable {
  let kind: Kind
  let line: Int

  enum Kind: Hashable, Sendable {
    case text(Text)
    case outputBegin
    case outputEnd
    case blockBegin
    case blockEnd
    case name(String)
    case string(Text)
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }

  /// What an error message calls this token.
  var description: String {
    switch kind {
    case .text: "text"
    case .outputBegin: "'{{'"
    case .outputEnd: "'}}'"
    case .blockBegin: "'{%'"
    case .blockEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer, .float: "a number"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end of the template"
    }
  }
}
