import Glibc
import Tensors

/// The angles of a rotary position embedding, ready for any position.
struct RotaryEmbedding: Sendable {
  /// Radians per position for each pair of columns; float32, as the reference implementation keeps them.
  let inverseFrequencies: [Float]
  /// Factor on cosines and sines.
  let magnitude: Float

  init(_ parameters: RotaryParameters, headWidth: Int) {
    let plain = (0..<(headWidth / 2)).map { index in
      1 / Float(pow(parameters.base, Double(Float(2 * index) / Float(headWidth))))
    }
    switch parameters.scaling {
    case .none:
      inverseFrequencies = plain
      magnitude = 1
    case .linear(let factor):
      inverseFrequencies = plain.map { $0 / Float(factor) }
      magnitude = 1
    case .llama3(let factor, let low, let high, let original):
      inverseFrequencies = plain.map {
        Self.llama3(Double($0), factor: factor, low: low, high: high, original: Double(original))
      }
      magnitude = 1
    case .yarn(let yarn):
      inverseFrequencies = yarn.inverseFrequencies(plain, base: parameters.base)
      magnitude = Float(yarn.attentionFactor)
    }
  }

  private static func llama3(
    _ frequency: Double,
    factor: Double,
    low: Double,
    high: Double,
    original: Double
  ) -> Float {
    let wavelength = 2 * Double.pi / frequency
    if wavelength < original / high { return Float(frequency) }
    if wavelength > original / low { return Float(frequency / factor) }
    let share = (original / wavelength - low) / (high - low)
    return Float((1 - share) * frequency / factor + share * frequency)
  }

  /// Fills `angles` `[positions.count, headWidth]`: cosines in the first half, sines in the second.
  func fill(_ angles: Matrix, positions: [Int32]) {
    angles.rowCount = positions.count
    let half = inverseFrequencies.count
    for (row, position) in positions.enumerated() {
      let target = angles[row: row]
      for (index, frequency) in inverseFrequencies.enumerated() {
        let angle = Double(Float(position) * frequency)
        target[index] = Float(cos(angle)) * magnitude
        target[half + index] = Float(sin(angle)) * magnitude
      }
    }
  }
}

extension RotaryParameters.YaRN {
  /// The blend of interpolated and extrapolated frequencies.
  ///
  /// Peng et al. 2023, equation 23; the attention's temperature is a factor on the angles' cosines and sines.
  fileprivate func inverseFrequencies(_ plain: [Float], base: Double) -> [Float] {
    let width = Double(2 * plain.count)
    func dimension(_ rotations: Double) -> Double {
      width * log(Double(originalPositionCount) / (rotations * 2 * .pi)) / (2 * log(base))
    }
    var (low, high) = (dimension(betaFast), dimension(betaSlow))
    if truncates { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, width - 1))
    if low == high { high += 0.001 }
    return plain.enumerated().map { index, frequency in
      let ramp = min(max((Double(index) - low) / (high - low), 0), 1)
      let extrapolated = Double(frequency)
      return Float(extrapolated / factor * ramp + extrapolated * (1 - ramp))
    }
  }

  static func magnitudeScale(_ factor: Double, _ magnitude: Double) -> Double {
    factor <= 1 ? 1 : 0.1 * magnitude * log(factor) + 1
  }
}
