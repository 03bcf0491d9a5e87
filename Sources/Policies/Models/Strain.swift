import Applications
import Control
import OrderedCollections

/// How near an entry point is to breaking its promise: latency over bound, since the last observation.
struct Strain: Hashable, Sendable {
  let entryPoint: EntryPointName
  /// Above 1 the promise is being broken.
  let ratio: Double

  /// Fewer requests than this say too little of a tail.
  private static let leastRequests = 20.0
  /// What failures count as, when more requests fail than the promise leaves.
  private static let failing = 2.0

  /// Nil without a promise, without latencies, or after too few requests.
  ///
  /// The quantile is the one of those observed that is nearest to the promise's from above: the latency over the promise's own window
  /// would be as late as that window is long.
  init?(_ entryPoint: Application.EntryPoint, in observation: Observation) {
    guard let slo = entryPoint.slo, let signals = observation.entryPoints[entryPoint.name],
      let rate = signals[.requestRate],
      rate.value * rate.window.seconds >= Self.leastRequests
    else { return nil }
    let name: SignalName =
      slo.quantile > 0.95 ? .latencyP99 : slo.quantile > 0.5 ? .latencyP95 : .latencyP50
    let isFailing = (signals[.errorRatio]?.value ?? 0) > 1 - slo.quantile
    guard let latency = signals[name]?.value ?? (isFailing ? 0 : nil) else { return nil }
    self.entryPoint = entryPoint.name
    ratio = max(latency / slo.bound.seconds, isFailing ? Self.failing : 0)
  }

  /// The entry point in greatest danger; nil while nothing is known of any.
  static func worst(of entryPoints: [Application.EntryPoint], in observation: Observation)
    -> Strain?
  {
    entryPoints.compactMap { Strain($0, in: observation) }.max { $0.ratio < $1.ratio }
  }
}
