import OrderedCollections

extension Application {
  /// Reads a YAML or JSON document.
  ///
  /// Warnings do not stop it; ``problems(in:)`` lists them too.
  /// - Throws: everything that is wrong with the document, each with line and key.
  package init(parsing text: String) throws(ApplicationError) {
    let root = try YAMLNode(parsing: text)
    let (application, problems) = Self.read(root)
    let errors = problems.filter { $0.severity == .error }
    guard errors.isEmpty else { throw ApplicationError(errors) }
    self = application
  }

  /// Everything that is wrong or doubtful in a document, in its order.
  package static func problems(in text: String) -> [Problem] {
    do {
      return read(try YAMLNode(parsing: text)).problems
    } catch {
      return error.problems
    }
  }

  /// Reads as much as there is; what is missing takes its default.
  private static func read(_ root: YAMLNode) -> (application: Application, problems: [Problem]) {
    var shapes = ShapeCheck()
    shapes.check(root, .object(ApplicationShape.root), at: YAMLPath())
    let application = Application(Fields(root))
    let references = ReferenceCheck(application, root, after: shapes.problems).problems
    let problems = (shapes.problems + references).sorted {
      ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column)
    }
    return (application, problems)
  }

  private init(_ fields: Fields) {
    let spec = fields["spec"]
    self.init(
      metadata: Metadata(
        name: fields["metadata"]?.text("name") ?? "",
        labels: OrderedDictionary(fields["metadata"]?.textMap("labels") ?? []) { $1 },
        annotations: OrderedDictionary(fields["metadata"]?.textMap("annotations") ?? []) { $1 }
      ),
      spec: Spec(
        entryPoints: (spec?.elements("entryPoints") ?? []).map(EntryPoint.init),
        services: (spec?.elements("services") ?? []).map(Service.init),
        nodes: (spec?.elements("nodes") ?? []).map(NodeGroup.init)
      )
    )
  }
}

extension Application.EntryPoint {
  fileprivate init(_ fields: Fields) {
    self.init(
      name: fields.name("name"),
      service: fields.name("service"),
      operation: fields.name("operation"),
      weight: fields.number("weight") ?? 1,
      slo: fields["slo"].flatMap(SLO.init)
    )
  }
}

extension SLO {
  /// Nil without a bound, which has no default.
  fileprivate init?(_ fields: Fields) {
    guard let bound = fields.duration("bound") else { return nil }
    let standard = SLO(bound: bound)
    self.init(
      quantile: fields.number("quantile") ?? standard.quantile,
      bound: bound,
      window: fields.duration("window") ?? standard.window
    )
  }
}

extension Application.NodeGroup {
  fileprivate init(_ fields: Fields) {
    self.init(
      name: fields.text("name") ?? "",
      count: fields.integer("count") ?? 1,
      cpu: fields.cpu("cpu") ?? .zero,
      memory: fields.memory("memory") ?? .zero,
      speed: fields.number("speed") ?? 1
    )
  }
}
