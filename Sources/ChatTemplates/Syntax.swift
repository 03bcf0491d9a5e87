/// One statement of a template with the line it begins on.
struct Statement: Sendable {
  let kind: Kind
  let line: Int

  indirect enum Kind: Sendable {
    case text(Text)
    case output(Expression)
    case conditional(branches: [Branch], otherwise: [Statement])
    case loop(ForLoop)
    case set(Target, Expression)
    case capture(Target, filters: [FilterCall], body: [Statement])
    case macro(MacroDefinition)
    case call(Expression, caller: MacroDefinition)
    case filter([FilterCall], body: [Statement])
    case scope(bindings: [Binding], body: [Statement])
    case breakLoop
    case continueLoop
  }
}

struct Branch: Sendable {
  let condition: Expression
  let body: [Statement]
}

struct Binding: Sendable {
  let target: Target
  let value: Expression
}

struct ForLoop: Sendable {
  let target: Target
  let iterable: Expression
  let filter: Expression?
  let body: [Statement]
  let otherwise: [Statement]
  /// Whether the body names `loop`; if not, the filter runs between iterations, as in Jinja.
  let usesLoop: Bool
}

struct MacroDefinition: Sendable {
  let name: String
  let parameters: [Parameter]
  let body: [Statement]
  /// The names among `varargs`, `kwargs` and `caller` that the body mentions: only then are they accepted.
  let implicitParameters: Set<String>

  struct Parameter: Sendable {
    let name: String
    let defaultValue: Expression?
  }
}

/// What a `set`, `for` or `with` assigns to.
indirect enum Target: Sendable {
  case name(String)
  case attribute(namespace: String, name: String)
  case tuple([Target])
}

indirect enum Expression: Sendable {
  case literal(Literal)
  case name(String)
  case list([Expression])
  case tuple([Expression])
  case dict([(key: Expression, value: Expression)])
  case attribute(Expression, String)
  case item(Expression, Expression)
  case slice(Expression, start: Expression?, stop: Expression?, step: Expression?)
  case call(Expression, CallArguments)
  case filter(Expression, FilterCall)
  case test(Expression, FilterCall)
  case not(Expression)
  case negative(Expression)
  case positive(Expression)
  case arithmetic(Expression, [(operation: ArithmeticOperator, operand: Expression)])
  case concatenation([Expression])
  case comparison(Expression, [(operation: ComparisonOperator, operand: Expression)])
  case and([Expression])
  case or([Expression])
  case conditional(condition: Expression, then: Expression, otherwise: Expression?)
}

enum Literal: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(Text)
}

/// A filter or a test by name with what stands in its parentheses.
struct FilterCall: Sendable {
  let name: String
  let arguments: CallArguments
}

struct CallArguments: Sendable {
  var positional: [Expression] = []
  var named: [(name: String, value: Expression)] = []
  /// The value after `*`.
  var unpackedList: Expression?
  /// The value after `**`.
  var unpackedDict: Expression?
}

enum ArithmeticOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case remainder = "%"
  case power = "**"
}

enum ComparisonOperator: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case contained = "in"
  case notContained = "not in"
}
