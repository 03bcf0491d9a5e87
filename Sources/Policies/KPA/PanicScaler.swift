/// Knative's autoscaler for one revision: a stable and a panic answer, and when panic rules.
///
/// `Scale` of knative.dev/serving's `pkg/autoscaler/scaling/autoscaler.go`.
struct PanicScaler: Hashable, Sendable {
  struct Configuration: Hashable, Sendable {
    /// Concurrency of one replica to hold.
    var target: Double
    var stableWindow: Duration = .seconds(60)
    /// Demand over capacity that starts panic.
    var panicThreshold = 2.0
    var maximumScaleUpRate = 1000.0
    var maximumScaleDownRate = 2.0
  }

  let configuration: Configuration
  /// When the panic threshold was last exceeded; nil outside panic.
  private(set) var panicTime: Duration?
  private var mostPanicReplicas = 0

  init(_ configuration: Configuration) { self.configuration = configuration }

  /// The replicas wanted, given the average concurrency over the stable and over the panic window.
  mutating func desiredCount(
    stable: Double,
    panic: Double,
    readyCount: Int,
    at now: Duration
  ) -> Int {
    let ready = Double(max(1, readyCount))
    let most = (configuration.maximumScaleUpRate * ready).rounded(.up)
    let least = (ready / configuration.maximumScaleDownRate).rounded(.down)
    let panicCount = (panic / configuration.target).rounded(.up)
    func clamped(_ count: Double) -> Int { Int(min(max(count, least), most)) }
    let desiredStable = clamped((stable / configuration.target).rounded(.up))
    updatePanic(panicCount / ready >= configuration.panicThreshold, at: now)
    guard panicTime != nil else { return desiredStable }
    // In panic nothing shrinks.
    mostPanicReplicas = max(mostPanicReplicas, desiredStable, clamped(panicCount))
    return mostPanicReplicas
  }

  private mutating func updatePanic(_ isOverThreshold: Bool, at now: Duration) {
    if isOverThreshold {
      panicTime = now
    } else if let begun = panicTime, begun + configuration.stableWindow < now {
      panicTime = nil
      mostPanicReplicas = 0
    }
  }
}
