import Glibc

/// Rotary position embedding: how fast each pair of columns turns with position.
package struct RotaryConfiguration: Hashable, Sendable {
  /// How a model was stretched beyond the context it was first trained on.
  package enum Scaling: Hashable, Sendable {
    case none
    /// Every frequency divided by `factor`.
    case linear(factor: Double)
    /// Llama 3.1: long wavelengths divided by `factor`, short ones kept, a blend between.
    case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalLength: Int)
    /// YaRN (Peng et al. 2023): a ramp between kept and divided frequencies, and scaled cosines and sines.
    case yarn(Yarn)
  }

  package struct Yarn: Hashable, Sendable {
    var factor: Double
    var betaFast: Double
    var betaSlow: Double
    var originalLength: Int
    var truncates: Bool
    var attentionFactor: Double
  }

  package var theta: Double
  package var headWidth: Int
  package var scaling: Scaling

  /// Radians per position for each of the `headWidth / 2` pairs, in the float32 steps of the reference.
  package var frequencies: [Float] {
    let base = (0..<headWidth / 2).map { index in
      1 / powf(Float(theta), Float(2 * index) / Float(headWidth))
    }
    switch scaling {
    case .none: return base
    case .linear(let factor): return base.map { $0 / Float(factor) }
    case .llama3(let factor, let low, let high, let length):
      return base.map { llama3($0, Float(factor), Float(low), Float(high), Float(length)) }
    case .yarn(let yarn):
      let ramp = self.ramp(yarn)
      return zip(base, ramp).map { frequency, ramp in
        let kept = 1 - ramp
        return frequency / Float(yarn.factor) * (1 - kept) + frequency * kept
      }
    }
  }

  /// What cosines and sines are multiplied by.
  package var amplitude: Float {
    if case .yarn(let yarn) = scaling { Float(yarn.attentionFactor) } else { 1 }
  }

  private func llama3(
    _ frequency: Float,
    _ factor: Float,
    _ low: Float,
    _ high: Float,
    _ length: Float
  ) -> Float {
    let wavelength = 2 * Float.pi / frequency
    if wavelength < length / high { return frequency }
    if wavelength > length / low { return frequency / factor }
    let smooth = (length / wavelength - low) / (high - low)
    return (1 - smooth) * frequency / factor + smooth * frequency
  }

  /// 0 where a frequency is kept, 1 where it is divided.
  private func ramp(_ yarn: Yarn) -> [Float] {
    func pairIndex(rotations: Double) -> Double {
      Double(headWidth) * log(Double(yarn.originalLength) / (rotations * 2 * .pi))
        / (2 * log(theta))
    }
    var low = pairIndex(rotations: yarn.betaFast)
    var high = pairIndex(rotations: yarn.betaSlow)
    if yarn.truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    low = max(low, 0)
    high = min(high, Double(headWidth - 1))
    if low == high { high += 0.001 }
    return (0..<headWidth / 2).map { index in
      Float(min(max((Double(index) - low) / (high - low), 0), 1))
    }
  }
}

extension RotaryConfiguration {
  /// Reads both spellings: `rope_parameters` (one object, perhaps one per layer type) and
  /// `rope_theta` beside `rope_scaling`.
  init(
    _ settings: SettingsReader,
    layerType: String,
    headWidth: Int,
    defaultTheta: Double,
    maximumPositionCount: Int
  ) throws(ModelError) {
    var parameters = try settings.object("rope_parameters")
    if parameters == nil { parameters = try settings.object("rope_scaling") }
    if let nested = try parameters?.object(layerType) { parameters = nested }
    self.headWidth = headWidth
    let outerTheta = try settings.positiveNumber("rope_theta", default: defaultTheta)
    theta = try parameters?.positiveNumber("rope_theta", default: outerTheta) ?? outerTheta
    let outerPartial = try settings.positiveNumber("partial_rotary_factor", default: 1)
    let partial =
      try parameters?.positiveNumber("partial_rotary_factor", default: outerPartial) ?? outerPartial
    guard partial == 1 else {
      throw .unsupported(feature: "partial_rotary_factor", found: "\(partial)", supported: "1")
    }
    guard let parameters else {
      scaling = .none
      return
    }
    let oldType = try parameters.optionalString("type") ?? "default"
    switch try parameters.optionalString("rope_type") ?? oldType {
    case "default": scaling = .none
    case "linear": scaling = .linear(factor: try parameters.positiveNumber("factor"))
    case "llama3":
      scaling = .llama3(
        factor: try parameters.positiveNumber("factor"),
        lowFrequency: try parameters.positiveNumber("low_freq_factor"),
        highFrequency: try parameters.positiveNumber("high_freq_factor"),
        originalLength: try parameters.integer(
          "original_max_position_embeddings",
          in: 1...SettingsLimits.positions
        )
      )
    case "yarn":
      scaling = .yarn(try Yarn(parameters, maximumPositionCount: maximumPositionCount))
    case let other:
      throw .unsupported(
        feature: "rope_type",
        found: other,
        supported: "default, linear, llama3, yarn"
      )
    }
  }
}

extension RotaryConfiguration.Yarn {
  fileprivate init(
    _ parameters: SettingsReader,
    maximumPositionCount: Int
  ) throws(ModelError) {
    let original = try parameters.optionalInteger(
      "original_max_position_embeddings",
      in: 1...SettingsLimits.positions
    )
    originalLength = original ?? maximumPositionCount
    let ratio = Double(maximumPositionCount) / Double(originalLength)
    let factor = try parameters.positiveNumber("factor", default: ratio)
    self.factor = factor
    betaFast = try parameters.positiveNumber("beta_fast", default: 32)
    betaSlow = try parameters.positiveNumber("beta_slow", default: 1)
    truncates = try parameters.flag("truncate", default: true)
    func magnitude(_ scale: Double) -> Double {
      factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
    }
    let scale = try parameters.optionalPositiveNumber("mscale")
    let scaleOfAll = try parameters.optionalPositiveNumber("mscale_all_dim")
    if let given = try parameters.optionalPositiveNumber("attention_factor") {
      attentionFactor = given
    } else if let scale, let scaleOfAll {
      attentionFactor = magnitude(scale) / magnitude(scaleOfAll)
    } else {
      attentionFactor = magnitude(1)
    }
  }
}
