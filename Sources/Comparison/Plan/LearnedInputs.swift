package import Applications
package import Control

/// What policies were taught beforehand, and the files that it came from.
package struct LearnedInputs: Sendable {
  package var forecaster: (any Forecaster)?
  package var curves: [ServiceName: LoadLatencyCurve] = [:]
  package var sources: [Source] = []

  /// Nothing: policies know what the application states.
  package init() {}

  /// One file: what it holds, and its name with a fingerprint of its bytes.
  package struct Source: Hashable, Sendable {
    package var name: String
    package var provenance: String

    package init(_ name: String, provenance: String) {
      self.name = name
      self.provenance = provenance
    }
  }
}
