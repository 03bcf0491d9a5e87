/// What the load generator itself took of the machine: a busy one measures itself.
package struct ClientCost: Sendable {
  /// More than this share of a core makes a benchmark void.
  package static let limit = 0.15

  package var processorTime: Duration
  package var elapsed: Duration
  /// How late requests were handed to the network.
  package var lateness: LatencyHistogram

  /// Of one core.
  package var share: Double { elapsed > .zero ? processorTime / elapsed : 0 }

  package var isVoid: Bool { share > Self.limit }
}
