import OrderedCollections

/// Executes the statements of one template for one context; `Interpreter+Expressions` evaluates expressions.
final class Interpreter {
  private(set) var output = Text()
  /// The line of the statement in execution.
  private(set) var line = 1
  let now: CalendarTime
  private let limits: RenderLimits
  private var stepCount = 0
  private var depth = 0
  var scope: Scope
  /// Every scope and namespace that a value may refer to, to break their cycles at the end.
  private var referencedScopes: [Scope] = []
  private var namespaces: [Namespace] = []

  init(variables: [String: Value], now: CalendarTime, limits: RenderLimits) {
    self.now = now
    self.limits = limits
    scope = Scope(variables: variables, parent: nil)
    scope = Scope(parent: scope)
  }

  func run(_ statements: [Statement]) throws(Fault) {
    _ = try execute(statements)
  }

  /// Breaks reference cycles through macros and namespaces.
  func releaseReferences() {
    for scope in referencedScopes { scope.variables = [:] }
    for namespace in namespaces { namespace.attributes = [:] }
  }

  // MARK: Statements

  private enum Flow {
    case next
    case breakLoop
    case continueLoop
  }

  private func execute(_ statements: [Statement]) throws(Fault) -> Flow {
    for statement in statements {
      line = statement.line
      try charge(1)
      let flow = try deeper { () throws(Fault) in try execute(statement) }
      guard case .next = flow else { return flow }
    }
    return .next
  }

  private func execute(_ statement: Statement) throws(Fault) -> Flow {
    switch statement.kind {
    case .text(let text): try emit(text)
    case .output(let value):
      let value = try evaluate(value)
      try charge(value.weight)
      try emit(try value.printed())
    case .conditional(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition).isTrue {
        return try execute(branch.body)
      }
      return try execute(otherwise)
    case .loop(let loop): try execute(loop)
    case .set(let target, let value): try assign(try evaluate(value), to: target)
    case .capture(let target, let filters, let body):
      let text = try inScope { () throws(Fault) in try captured(body) }
      try assign(try apply(filters, to: .string(text)), to: target)
    case .macro(let definition): scope.variables[definition.name] = macro(definition)
    case .call(let callee, let caller):
      try emit(try call(callee, caller: macro(caller)).printed())
    case .filter(let filters, let body):
      let text = try inScope { () throws(Fault) in try captured(body) }
      try emit(try apply(filters, to: .string(text)).printed())
    case .scope(let bindings, let body): return try execute(bindings, body)
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  private func execute(_ bindings: [Binding], _ body: [Statement]) throws(Fault) -> Flow {
    var values: [(Target, Value)] = []
    for binding in bindings { values.append((binding.target, try evaluate(binding.value))) }
    return try inScope { () throws(Fault) in
      for (target, value) in values { try assign(value, to: target) }
      return try execute(body)
    }
  }

  private func execute(_ loop: ForLoop) throws(Fault) {
    var items = try evaluate(loop.iterable).elements()
    if loop.filter != nil, loop.usesLoop {
      var accepted: [Value] = []
      for item in items where try accepts(item, loop) { accepted.append(item) }
      items = accepted
    }
    let state = LoopState(items: items)
    var hasRun = false
    iterations: for (index, item) in items.enumerated() {
      try charge(1)
      if loop.filter != nil, !loop.usesLoop, try !accepts(item, loop) { continue }
      hasRun = true
      state.index = index
      let flow = try inScope(loop: state) { () throws(Fault) in
        try assign(item, to: loop.target)
        return try execute(loop.body)
      }
      if case .breakLoop = flow { break iterations }
    }
    if !hasRun { _ = try inScope { () throws(Fault) in try execute(loop.otherwise) } }
  }

  private func accepts(_ item: Value, _ loop: ForLoop) throws(Fault) -> Bool {
    guard let filter = loop.filter else { return true }
    return try inScope { () throws(Fault) in
      try assign(item, to: loop.target)
      return try evaluate(filter).isTrue
    }
  }

  func assign(_ value: Value, to target: Target) throws(Fault) {
    switch target {
    case .name(let name): scope.variables[name] = value
    case .attribute(let name, let attribute):
      guard case .namespace(let namespace) = lookUp(name) else {
        throw .failure("cannot assign attribute on non-namespace object")
      }
      guard !attribute.hasPrefix("_") else {
        throw .failure("a namespace cannot hold '\(attribute)': the name begins with '_'")
      }
      namespace.attributes[.string(attribute)] = value
    case .tuple(let targets):
      let elements = try value.elements()
      guard elements.count == targets.count else {
        throw .failure("cannot unpack \(elements.count) values into \(targets.count) names")
      }
      for (target, element) in zip(targets, elements) { try assign(element, to: target) }
    }
  }

  // MARK: Macros

  private func macro(_ definition: MacroDefinition) -> Value {
    let definitionScope = scope
    referencedScopes.append(scope)
    return .function(
      Function(definition.name) { (interpreter, arguments) throws(Fault) in
        try interpreter.expand(definition, in: definitionScope, arguments)
      }
    )
  }

  private func expand(
    _ definition: MacroDefinition,
    in definitionScope: Scope,
    _ arguments: Arguments
  ) throws(Fault) -> Value {
    let (callerScope, callerLine) = (scope, line)
    scope = Scope(parent: definitionScope)
    defer { (scope, line) = (callerScope, callerLine) }
    return try deeper { () throws(Fault) in
      try bind(arguments, to: definition)
      return .string(try captured(definition.body))
    }
  }

  private func bind(_ arguments: Arguments, to definition: MacroDefinition) throws(Fault) {
    var named = arguments.named
    for (index, parameter) in definition.parameters.enumerated() {
      let name = Value.string(parameter.name)
      let value: Value
      if index < arguments.positional.count {
        value = arguments.positional[index]
        if named[name] != nil {
          throw .failure("macro '\(definition.name)' got two values for '\(parameter.name)'")
        }
      } else if let argument = named.removeValue(forKey: name) {
        value = argument
      } else if let defaultValue = parameter.defaultValue {
        value = try evaluate(defaultValue)
      } else {
        value = .undefined(reason: "parameter '\(parameter.name)' was not provided")
      }
      scope.variables[parameter.name] = value
    }
    try bindImplicit(arguments, named: named, to: definition)
  }

  private func bindImplicit(
    _ arguments: Arguments,
    named: OrderedDictionary<Value, Value>,
    to definition: MacroDefinition
  ) throws(Fault) {
    var named = named
    let accepted = definition.implicitParameters
    if accepted.contains("caller") {
      scope.variables["caller"] =
        named.removeValue(forKey: .string("caller" as Text))
        ?? .undefined(reason: "No caller defined")
    }
    if accepted.contains("kwargs") {
      scope.variables["kwargs"] = .dict(Mapping(named))
    } else if let name = named.keys.first {
      throw .failure(
        "macro '\(definition.name)' takes no keyword argument \(String(try name.represented()))"
      )
    }
    let extra = Array(arguments.positional.dropFirst(definition.parameters.count))
    if accepted.contains("varargs") {
      scope.variables["varargs"] = .tuple(extra)
    } else if !extra.isEmpty {
      throw .failure(
        "macro '\(definition.name)' takes not more than \(definition.parameters.count) argument(s)"
      )
    }
  }

  // MARK: Output and scopes

  private func emit(_ text: Text) throws(Fault) {
    try checkLength(output.count + text.count)
    output.append(text)
  }

  private func captured(_ body: [Statement]) throws(Fault) -> Text {
    let outer = output
    output = Text()
    defer { output = outer }
    _ = try execute(body)
    try charge(output.count / 16)
    return output
  }

  private func inScope<Result>(
    loop: LoopState? = nil,
    _ body: () throws(Fault) -> Result
  ) throws(Fault) -> Result {
    let outer = scope
    scope = Scope(parent: outer)
    if let loop { scope.variables["loop"] = .loop(loop) }
    defer { scope = outer }
    return try body()
  }

  func lookUp(_ name: String) -> Value {
    var next: Scope? = scope
    while let scope = next {
      if let value = scope.variables[name] { return value }
      next = scope.parent
    }
    return Globals.table[name].map { .function(Function(name, $0)) }
      ?? .undefined(reason: "'\(name)' is undefined")
  }

  func makeNamespace(_ attributes: OrderedDictionary<Value, Value>) -> Value {
    let namespace = Namespace(attributes)
    namespaces.append(namespace)
    return .namespace(namespace)
  }

  // MARK: Limits

  /// Counts `steps` of work.
  ///
  /// - Throws: a limit fault when the rendering has used up its steps.
  func charge(_ steps: Int) throws(Fault) {
    let (sum, overflow) = stepCount.addingReportingOverflow(steps)
    stepCount = sum
    guard !overflow, stepCount <= limits.stepCount else {
      throw .limit("it takes more than \(limits.stepCount) steps")
    }
  }

  /// Counts the copying of `count` characters into one string.
  func checkLength(_ count: Int) throws(Fault) {
    guard count <= limits.characterCount else {
      throw .limit("a text grows longer than \(limits.characterCount) characters")
    }
  }

  /// Runs `body` one level deeper, so that recursion ends in a fault before the stack does.
  func deeper<Result>(_ body: () throws(Fault) -> Result) throws(Fault) -> Result {
    guard depth < limits.depth else { throw .limit("it nests deeper than \(limits.depth) levels") }
    depth += 1
    defer { depth -= 1 }
    return try body()
  }

  func checkDepth(of value: Value) throws(Fault) {
    guard value.depth <= limits.depth else {
      throw .limit("a value nests deeper than \(limits.depth) levels")
    }
  }
}

/// The variables of one block; names that it lacks are found in the blocks around it.
final class Scope {
  var variables: [String: Value]
  let parent: Scope?

  init(variables: [String: Value] = [:], parent: Scope?) {
    self.variables = variables
    self.parent = parent
  }
}
