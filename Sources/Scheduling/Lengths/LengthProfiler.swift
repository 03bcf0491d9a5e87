/// Learns from finished answers how long those of the next requests become.
///
/// After the resource profiler of UELLM (He et al. 2024), with a linear model that learns online in place of a
/// fine-tuned language model. It predicts twice: from the request before its prompt is computed, and again from
/// the feature vector that the engine brings back with the first token. Bounds are calibrated on the way.
package struct LengthProfiler: LengthPredictor {
  /// What the profiler is measured against, and what it is made of.
  package enum Source: String, Sendable, CaseIterable {
    /// The trivial forecast that the answer uses all it may.
    case maximum
    /// The trivial forecast of the median so far.
    case median
    /// From the request.
    case request
    /// From the engine's feature vector.
    case features
  }

  private var requestModel = SoftmaxRegression(
    classCount: LengthClass.allCases.count,
    featureCount: RequestFeatures.count
  )
  private var requestBound = ConformalBound()
  /// Made when the first vector shows how long they are.
  private var featureModel: SoftmaxRegression?
  private var featureBound = ConformalBound()
  private var tenants = TenantLengths()
  /// How often each class occurred, older answers fading.
  private var histogram = [Float](repeating: 0, count: LengthClass.allCases.count)
  package private(set) var accuracy: [Source: Accuracy] = [:]

  /// Answers after which the feature model is trusted.
  private static let trialCount = 200

  package init() {}

  package func predict(_ profile: Profile) -> LengthForecast {
    let probabilities = requestModel.probabilities(requestFeatures(profile))
    return LengthForecast(
      quantile(probabilities, 0.5),
      atMost: requestBound.bound(probabilities),
      maximum: profile.maximumNewTokenCount
    )
  }

  package func refine(_ profile: Profile, features: [Float]) -> LengthForecast {
    guard let featureModel, (accuracy[.features]?.count ?? 0) >= Self.trialCount,
      let inputs = inputs(profile, features), inputs.count == featureModel.featureCount
    else { return profile.forecast }
    let probabilities = featureModel.probabilities(inputs)
    return LengthForecast(
      quantile(probabilities, 0.5),
      atMost: featureBound.bound(probabilities),
      maximum: profile.maximumNewTokenCount
    )
  }

  package mutating func learn(_ profile: Profile, features: [Float], newTokenCount: Int) {
    let truth = LengthClass(tokenCount: newTokenCount)
    noteTrivial(profile, truth)
    let inputs = inputs(profile, features)
    learnRequest(profile, truth)
    if let inputs { learnFeatures(inputs, truth) }
    tenants.learn(profile.tenant, length: newTokenCount)
    for index in histogram.indices { histogram[index] *= 0.998 }
    histogram[truth.index] += 1
  }

  private mutating func learnRequest(_ profile: Profile, _ truth: LengthClass) {
    let features = requestFeatures(profile)
    let probabilities = requestModel.probabilities(features)
    note(.request, quantile(probabilities, 0.5), requestBound.bound(probabilities), truth)
    requestBound.learn(probabilities, truth: truth)
    requestModel.learn(features, label: truth.index)
  }

  private mutating func learnFeatures(_ inputs: [Float], _ truth: LengthClass) {
    var model =
      featureModel.take()
      ?? SoftmaxRegression(classCount: LengthClass.allCases.count, featureCount: inputs.count)
    defer { featureModel = model }
    guard inputs.count == model.featureCount else { return }
    let probabilities = model.probabilities(inputs)
    note(.features, quantile(probabilities, 0.5), featureBound.bound(probabilities), truth)
    featureBound.learn(probabilities, truth: truth)
    model.learn(inputs, label: truth.index)
  }

  private mutating func noteTrivial(_ profile: Profile, _ truth: LengthClass) {
    let maximum = LengthClass(tokenCount: profile.maximumNewTokenCount)
    note(.maximum, maximum, maximum, truth)
    let total = max(histogram.reduce(0, +), 1)
    let shares = histogram.map { $0 / total }
    note(.median, quantile(shares, 0.5), quantile(shares, 0.9), truth)
  }

  private mutating func note(
    _ source: Source,
    _ expected: LengthClass,
    _ bound: LengthClass,
    _ truth: LengthClass
  ) {
    accuracy[source, default: Accuracy()].note(expected, atMost: bound, truth: truth)
  }

  private func requestFeatures(_ profile: Profile) -> [Float] {
    RequestFeatures.vector(profile, tenantLength: tenants.meanLog2(profile.tenant))
  }

  /// The engine's vector at unit mean square, followed by the request's; nil without one.
  private func inputs(_ profile: Profile, _ features: [Float]) -> [Float]? {
    guard !features.isEmpty, features.allSatisfy(\.isFinite) else { return nil }
    let meanSquare = features.reduce(0) { $0 + $1 * $1 } / Float(features.count)
    let scale = meanSquare > 0 ? 1 / meanSquare.squareRoot() : 0
    return features.map { $0 * scale } + requestFeatures(profile)
  }
}
