package import OrderedCollections

/// What `app.yaml` says: which services there are, who calls whom, and what each promises.
///
/// The same document describes the application to every world; it is a Kubernetes kind as it stands. Values of
/// this type that came out of ``init(parsing:)`` are valid: every name resolves, no call chain ends in itself.
package struct Application: Hashable, Sendable {
  package static let apiVersion = "plimsoll.dev/v1alpha1"
  package static let kind = "Application"

  package var metadata: Metadata
  package var spec: Spec

  package init(metadata: Metadata, spec: Spec) {
    self.metadata = metadata
    self.spec = spec
  }

  /// Kubernetes' object metadata, the part that a document may set.
  package struct Metadata: Hashable, Sendable {
    package var name: String
    package var labels: OrderedDictionary<String, String>
    package var annotations: OrderedDictionary<String, String>

    package init(
      name: String,
      labels: OrderedDictionary<String, String> = [:],
      annotations: OrderedDictionary<String, String> = [:]
    ) {
      self.name = name
      self.labels = labels
      self.annotations = annotations
    }
  }

  /// The application itself.
  package struct Spec: Hashable, Sendable {
    package var entryPoints: [EntryPoint]
    package var services: [Service]
    /// The machines of the simulated world; the other worlds have their own.
    package var nodes: [NodeGroup]

    package init(entryPoints: [EntryPoint], services: [Service], nodes: [NodeGroup] = []) {
      self.entryPoints = entryPoints
      self.services = services
      self.nodes = nodes
    }
  }

  package var name: String { metadata.name }
  package var services: [Service] { spec.services }
  package var entryPoints: [EntryPoint] { spec.entryPoints }

  /// The service with this name.
  /// - Complexity: O(services); build a ``CallGraph`` once where many are looked up.
  package func service(_ name: ServiceName) -> Service? {
    spec.services.first { $0.name == name }
  }
}
