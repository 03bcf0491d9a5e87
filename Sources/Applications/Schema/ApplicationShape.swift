/// The document described: every key of `app.yaml`, what it may hold and what it means.
enum ApplicationShape {
  static let root = "Application"

  /// By name; ``Shape/object(_:)`` refers to these.
  static let definitions: [ObjectShape] =
    [
      application, metadata, spec, entryPoint, slo, node,
    ] + ServiceShape.definitions

  static func definition(_ name: String) -> ObjectShape {
    guard let found = definitionsByName[name] else {
      preconditionFailure("no definition of \(name)")
    }
    return found
  }

  private static let definitionsByName = Dictionary(
    uniqueKeysWithValues: definitions.map { ($0.name, $0) }
  )

  private static let application = ObjectShape(
    name: "Application",
    meaning: "Which services an application consists of, who calls whom, and what each promises.",
    properties: [
      .required("apiVersion", .choice([Application.apiVersion]), "The version of this format."),
      .required("kind", .choice([Application.kind]), "The kind of this document."),
      .required("metadata", .object("Metadata"), "The application's name, labels and annotations."),
      .required("spec", .object("Spec"), "The application itself."),
    ]
  )

  private static let metadata = ObjectShape(
    name: "Metadata",
    meaning: "Kubernetes object metadata.",
    properties: [
      .required("name", .text(.label), "The application's name."),
      .optional("labels", .texts, "Labels, as in Kubernetes."),
      .optional("annotations", .texts, "Annotations, as in Kubernetes."),
    ],
    isOpen: true
  )

  private static let spec = ObjectShape(
    name: "Spec",
    meaning: "Entry points, services, and the machines of the simulated world.",
    properties: [
      .required(
        "entryPoints",
        .list(of: .object("EntryPoint"), minimumCount: 1),
        "The ways into the application, and their promises."
      ),
      .required(
        "services",
        .list(of: .object("Service"), minimumCount: 1),
        "The services."
      ),
      .optional(
        "nodes",
        .list(of: .object("NodeGroup"), minimumCount: 0),
        "The machines of the simulated world; without any it has as many as it needs."
      ),
    ]
  )

  private static let entryPoint = ObjectShape(
    name: "EntryPoint",
    meaning: "What users ask for, how often, and what they were promised.",
    properties: [
      .required("name", .text(.label), "Its name."),
      .required("service", .text(.label), "The service that answers."),
      .required("operation", .text(.line), "The operation that answers."),
      .optional(
        "weight",
        .number(.nonNegative),
        "Its share of all requests, in proportion to the other weights; 1 if not given."
      ),
      .optional("slo", .object("SLO"), "What users were promised."),
    ]
  )

  private static let slo = ObjectShape(
    name: "SLO",
    meaning: "In every window, this quantile of the latency stays within the bound.",
    properties: [
      .optional("quantile", .number(.quantile), "0.95 for the 95th percentile, the default."),
      .required("bound", .quantity(.duration), "The latency that must not be exceeded."),
      .optional("window", .quantity(.duration), "The length of a window; 1m if not given."),
    ]
  )

  private static let node = ObjectShape(
    name: "NodeGroup",
    meaning: "Machines of one kind in the simulated world.",
    properties: [
      .required("name", .text(.label), "The group's name."),
      .optional("count", .integer(1...100_000), "How many there are; 1 if not given."),
      .required("cpu", .quantity(.cpu), "The cores that replicas may use."),
      .required("memory", .quantity(.memory), "The memory that replicas may use."),
      .optional(
        "speed",
        .number(.positive),
        "How fast a core is against the one on which the CPU times were measured; 1 if not given."
      ),
    ]
  )
}
