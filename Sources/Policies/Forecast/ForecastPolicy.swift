import Applications
package import Control
import Forecasting
import OrderedCollections

/// Has as many replicas ready as the load will need once they are: a target utilisation at the upper bound of a forecast.
///
/// `replicas = ceil(max(λ now, λ upper at the horizon) · CPU per request / (target · CPU request))`, where the horizon
/// is the service's measured start-up time.
package struct ForecastPolicy: Policy {
  package static let descriptor = PolicyDescriptor(
    name: "forecast",
    summary: "Target utilisation at the upper bound of a load forecast, one start-up time ahead.",
    interval: .seconds(5),
    place: Taxonomy(
      directions: [.horizontal],
      trigger: .hybrid,
      technique: .timeSeries,
      objectives: [.sla, .resourceEfficiency],
      models: [.performance, .workload]
    ),
    parameters: [
      .init("method", default: "holt-winters", "seasonal-naive, ewma, holt-winters or trained"),
      .init("target", default: "0.8", "CPU use over CPU request to hold at the forecast load"),
      .init("season", default: "1d", "after what time the load repeats"),
      .init("step", default: "10s", "the time that one reading of the load stands for"),
      .init("scale-down-window", default: "1m", "how long the highest recommendation counts"),
    ]
  )

  /// How the load is foreseen.
  private enum Method: String, CaseIterable {
    case seasonalNaive = "seasonal-naive"
    case ewma
    case holtWinters = "holt-winters"
    /// By the forecaster that the policy was given.
    case trained
  }

  private let target: Double
  private let behavior: ScalingBehavior
  private let bounds: OrderedDictionary<ServiceName, ReplicaBounds>
  private var forecaster: any Forecaster
  private var histories: OrderedDictionary<ServiceName, ScalingHistory> = [:]

  package init(_ setting: PolicySetting) throws(PolicyError) {
    let parameters = setting.parameters
    target = try parameters.double("target", default: 0.8, in: 0.01...10)
    behavior = try ScalingBehavior(parameters, scaleDownWindow: .seconds(60))
    bounds = setting.application.replicaBounds
    forecaster = try Self.forecaster(setting)
  }

  private static func forecaster(_ setting: PolicySetting) throws(PolicyError) -> any Forecaster {
    let parameters = setting.parameters
    let season = try parameters.duration("season", default: .seconds(86_400))
    let step = try parameters.duration("step", default: .seconds(10))
    guard step > .zero, season >= step * 2, season / step <= 1_000_000 else {
      throw .badParameter(
        name: "season",
        value: season.quantity,
        expected: "between two and a million steps of \(step.quantity)"
      )
    }
    let seasonLength = Int((season / step).rounded())
    switch try parameters.choice("method", default: Method.holtWinters) {
    case .seasonalNaive:
      return ServiceForecaster(step: step) { SeasonalNaive(seasonLength: seasonLength) }
    case .ewma: return ServiceForecaster(step: step) { ExponentialAverage(smoothing: 0.5) }
    case .holtWinters:
      return ServiceForecaster(step: step) { HoltWinters(seasonLength: seasonLength) }
    case .trained:
      guard let forecaster = setting.forecaster else {
        throw .needsForecaster(policy: descriptor.name)
      }
      return forecaster
    }
  }

  package mutating func decide(on situation: Situation) -> Decision {
    let prediction = forecaster.predict(from: situation.observation, situation.profile)
    var decision = Decision()
    for (name, service) in situation.observation.services {
      guard let bounds = bounds[name], service.desiredReplicaCount > 0 else { continue }
      guard let need = Need(service, situation.profile.services[name], prediction.services[name])
      else {
        let words = "the load, or what a request costs, is not known yet"
        decision.holds.append(.init(name, because: Reason(words)))
        continue
      }
      decide(on: service, name, bounds.range, need, at: situation.time, into: &decision)
    }
    return decision
  }

  private mutating func decide(
    on service: ServiceObservation,
    _ name: ServiceName,
    _ bounds: ClosedRange<Int>,
    _ need: Need,
    at now: Duration,
    into decision: inout Decision
  ) {
    let current = service.desiredReplicaCount
    let exact = need.cores / (target * need.coresPerReplica)
    let wanted = Int(
      min(max(exact.rounded(.up), Double(bounds.lowerBound)), Double(bounds.upperBound))
    )
    let settled = histories[name, default: ScalingHistory()].follow(
      wanted,
      current: current,
      bounds: bounds,
      behavior: behavior,
      at: now
    )
    let desired = min(max(settled, bounds.lowerBound), bounds.upperBound)
    let reason = reason(service, need, wanted: wanted, desired: desired)
    decision.scale(name, from: current, to: desired, wanted: wanted, because: reason)
  }

  private func reason(
    _ service: ServiceObservation,
    _ need: Need,
    wanted: Int,
    desired: Int
  ) -> Reason {
    let current = service.desiredReplicaCount
    var words =
      "\(need.rate.formatted(1)) requests/s, in \(need.forecast.horizon.quantity) at most "
      + "\(need.forecast.upper.formatted(1)), \((need.secondsPerRequest * 1000).formatted(2)) ms of CPU each: "
      + "\(current) → \(wanted) replicas"
    words += ScalingBehavior.limitation(of: wanted, to: desired)
    return Reason(
      words,
      numbers: [
        .init("rate", need.rate, .requestsPerSecond),
        .init("expected", need.forecast.expected, .requestsPerSecond),
        .init("upper", need.forecast.upper, .requestsPerSecond),
        .init("CPU per request", need.secondsPerRequest, .seconds),
        .init("recommendation", Double(wanted), .replicas),
      ],
      evidence: service.evidence(.requestRate, .cpuUsage)
    )
  }
}

/// What a service's load will need.
private struct Need {
  var rate: Double
  var forecast: LoadForecast
  var secondsPerRequest: Double
  var coresPerReplica: Double

  /// Nil while the load, the cost of a request or the size of a replica is not known.
  init?(_ service: ServiceObservation, _ profile: ServiceProfile?, _ forecast: LoadForecast?) {
    guard let forecast, let rate = service.signals[.requestRate]?.value else { return nil }
    let latest = service.signals[.cpuUsage].flatMap { usage in
      rate > 0 ? usage.value / 1000 / rate : nil
    }
    guard let seconds = profile?.cpuPerRequest.map({ $0 / .seconds(1) }) ?? latest,
      service.resources.requests.cpu.cores > 0
    else { return nil }
    self.rate = rate
    self.forecast = forecast
    secondsPerRequest = seconds
    coresPerReplica = service.resources.requests.cpu.cores
  }

  /// The load must be carried both now and then.
  var cores: Double { max(rate, forecast.upper) * secondsPerRequest }
}
