import OrderedJSON

/// The parameters of a rotary position embedding and of its extensions to longer contexts.
///
/// Su et al. 2021.
package struct RotaryParameters: Sendable, Hashable {
  package var base: Double
  package var scaling: Scaling

  package enum Scaling: Sendable, Hashable {
    case none
    /// Positions divided by `factor` (Chen et al. 2023).
    case linear(factor: Double)
    /// Llama 3.1: long wavelengths divided by `factor`, short ones kept, a blend between.
    case llama3(
      factor: Double,
      lowFrequencyFactor: Double,
      highFrequencyFactor: Double,
      originalPositionCount: Int
    )
    case yarn(YaRN)
  }

  /// YaRN: frequencies interpolated by dimension, attention rescaled.
  ///
  /// Peng et al. 2023, section 3.
  package struct YaRN: Sendable, Hashable {
    package var factor: Double
    package var betaFast: Double
    package var betaSlow: Double
    package var originalPositionCount: Int
    /// Factor on cosines and sines.
    package var attentionFactor: Double
    /// Whether the ramp's ends are rounded outwards to whole dimensions.
    package var truncates: Bool
  }
}

extension RotaryParameters {
  /// The parameters for layers of each type in `layerTypes` (without repetition), in that order.
  ///
  /// Reads both spellings: `rope_theta` beside `rope_scaling`, and `rope_parameters`, the latter flat or with
  /// one object per layer type.
  static func read(
    _ reader: ConfigurationReader,
    layerTypes: [String],
    defaultBase: Double,
    maximumPositionCount: Int
  ) throws(ModelError) -> [RotaryParameters] {
    let key = reader["rope_parameters"] != nil ? "rope_parameters" : "rope_scaling"
    let base = try reader.number("rope_theta", in: baseRange, default: defaultBase)
    guard let value = reader[key] else {
      return layerTypes.map { _ in RotaryParameters(base: base, scaling: .none) }
    }
    var rotaries: [RotaryParameters] = []
    for type in layerTypes {
      let nested = value[type].flatMap { $0.isNull ? nil : $0 }
      let name = nested == nil ? key : "\(key).\(type)"
      guard (nested ?? value).objectValue != nil else {
        throw reader.invalid(name, nested ?? value, allowed: "an object")
      }
      rotaries.append(
        try RotaryParameters(
          ConfigurationReader(nested ?? value, file: "\(reader.file): \(name)"),
          base: base,
          maximumPositionCount: maximumPositionCount
        )
      )
    }
    return rotaries
  }

  private static let baseRange = 1.000_001...1e15
  private static let factorRange = 1e-3...1e6

  private init(
    _ reader: ConfigurationReader,
    base: Double,
    maximumPositionCount: Int
  ) throws(ModelError) {
    self.base = try reader.number("rope_theta", in: Self.baseRange, default: base)
    let rotated = try reader.number("partial_rotary_factor", in: 0...1, default: 1)
    guard rotated == 1 else {
      throw reader.invalid("partial_rotary_factor", reader["partial_rotary_factor"], allowed: "1")
    }
    let typeKey = reader["rope_type"] == nil ? "type" : "rope_type"
    switch reader[typeKey] {
    case nil, .string("default"): scaling = .none
    case .string("linear"):
      scaling = .linear(factor: try reader.number("factor", in: Self.factorRange))
    case .string("llama3"):
      scaling = try Self.llama3(reader, maximumPositionCount: maximumPositionCount)
    case .string("yarn"):
      scaling = .yarn(try YaRN(reader, maximumPositionCount: maximumPositionCount))
    default:
      throw reader.invalid(
        typeKey,
        reader[typeKey],
        allowed: "\"default\", \"linear\", \"llama3\" or \"yarn\""
      )
    }
  }

  private static func llama3(
    _ reader: ConfigurationReader,
    maximumPositionCount: Int
  ) throws(ModelError) -> Scaling {
    let low = try reader.number("low_freq_factor", in: factorRange, default: 1)
    let high = try reader.number("high_freq_factor", in: factorRange, default: 4)
    guard low < high else {
      throw reader.invalid(
        "high_freq_factor",
        reader["high_freq_factor"],
        allowed: "greater than low_freq_factor, which is \(low)"
      )
    }
    return .llama3(
      factor: try reader.number("factor", in: factorRange),
      lowFrequencyFactor: low,
      highFrequencyFactor: high,
      originalPositionCount: try reader.integer(
        "original_max_position_embeddings",
        in: 1...ConfigurationLimits.positionCount,
        default: maximumPositionCount
      )
    )
  }
}

extension RotaryParameters.YaRN {
  fileprivate init(
    _ reader: ConfigurationReader,
    maximumPositionCount: Int
  ) throws(ModelError) {
    let original = try reader.integer(
      "original_max_position_embeddings",
      in: 1...ConfigurationLimits.positionCount,
      default: maximumPositionCount
    )
    let factor = try reader.number(
      "factor",
      in: 1e-3...1e6,
      default: Double(maximumPositionCount) / Double(original)
    )
    self.factor = factor
    originalPositionCount = original
    betaFast = try reader.number("beta_fast", in: 1e-3...1e6, default: 32)
    betaSlow = try reader.number("beta_slow", in: 1e-3...1e6, default: 1)
    truncates = try reader.bool("truncate", default: true)
    attentionFactor = try reader.number(
      "attention_factor",
      in: 1e-3...1e3,
      default: try Self.attentionFactor(reader, factor: factor)
    )
  }

  /// 0.1 · ln(factor) + 1, or the ratio of two such terms that DeepSeek-style files give.
  private static func attentionFactor(
    _ reader: ConfigurationReader,
    factor: Double
  ) throws(ModelError) -> Double {
    let magnitude = try reader.number("mscale", in: 0...1e3, default: 0)
    let magnitudeAllDimensions = try reader.number("mscale_all_dim", in: 0...1e3, default: 0)
    guard magnitude != 0, magnitudeAllDimensions != 0 else {
      return magnitudeScale(factor, 1)
    }
    return magnitudeScale(factor, magnitude) / magnitudeScale(factor, magnitudeAllDimensions)
  }
}
