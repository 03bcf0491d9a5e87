/// The quantities of a step that its duration depends on.
package struct StepLoad: Sendable, Hashable {
  package var rowCount = 0
  /// Cached positions that rows attend to, summed over the rows.
  package var attendedCount = 0

  package init() {}

  /// Adds `count` rows of a sequence of which `position` tokens are computed.
  package mutating func add(rowCount count: Int, at position: Int) {
    rowCount += count
    attendedCount += count * position + count * (count + 1) / 2
  }

  /// Takes back what was added with the same arguments.
  mutating func remove(rowCount count: Int, at position: Int) {
    rowCount -= count
    attendedCount -= count * position + count * (count + 1) / 2
  }
}

/// How long a step takes: a fixed part (the weights are read once), a part per row, a part per attended position.
///
/// Fitted online by recursive least squares with forgetting (Ljung, System Identification, §11.2). Coefficients are kept
/// from falling below zero, so a larger step never looks cheaper.
package struct StepCostModel: Sendable {
  /// Milliseconds per step, per 64 rows, per 16,384 attended positions.
  private(set) var coefficients: [3 of Double]
  /// Uncertainty of the coefficients, up to the noise's variance.
  private var covariance: [3 of [3 of Double]]
  package private(set) var observationCount = 0

  private static let forgetting = 0.995
  /// Beyond this uncertainty old steps are not forgotten further, or steady load would let the fit drift.
  private static let maximumUncertainty = 1e4

  /// Steps until the fit is trusted enough to doubt a measurement.
  private static let trialCount = 8

  /// A small model on a slow machine; a few steps correct it.
  package init() {
    coefficients = [1, 3, 1]
    covariance = [[100, 0, 0], [0, 100, 0], [0, 0, 100]]
  }

  /// A machine whose pace is known.
  package init(perStep: Duration, perRow: Duration, perAttendedPosition: Duration) {
    self.init()
    coefficients = [
      perStep / .milliseconds(1), perRow / .milliseconds(1) * 64,
      perAttendedPosition / .milliseconds(1) * 16_384,
    ]
  }

  /// The expected duration of a step.
  package func duration(of load: StepLoad) -> Duration {
    .microseconds(Int64(min(milliseconds(Self.features(load)) * 1000, 1e15)))
  }

  /// Takes in how long a step really took.
  package mutating func observe(_ load: StepLoad, took duration: Duration) {
    let features = Self.features(load)
    let expected = milliseconds(features)
    // A step that hangs for another reason (a suspended machine) says little about the model.
    let bound = observationCount < Self.trialCount ? .infinity : 10 * max(expected, 1)
    let measured = min(max(duration / .milliseconds(1), 0), bound)
    let gain = updateCovariance(features)
    for index in 0..<3 { coefficients[index] += gain[index] * (measured - expected) }
    keepFromFallingBelowZero()
    observationCount += 1
  }

  /// Finds the best fit whose coefficients are not negative, near enough: one that would be is put to zero, and the
  /// others take over its part as far as they vary with it.
  ///
  /// To cut it off alone would leave them compensating for what is gone, and the fit would run away.
  private mutating func keepFromFallingBelowZero() {
    for _ in 0..<3 {
      guard let lowest = (0..<3).min(by: { coefficients[$0] < coefficients[$1] }),
        coefficients[lowest] < 0
      else { return }
      let excess = coefficients[lowest] / covariance[lowest][lowest]
      for index in 0..<3 { coefficients[index] -= covariance[index][lowest] * excess }
      coefficients[lowest] = 0
    }
    for index in 0..<3 { coefficients[index] = max(coefficients[index], 0) }
  }

  /// Rows that can be added to `load` for a sequence at `position` before the step exceeds `limit`.
  package func rowCount(
    upTo maximum: Int,
    at position: Int,
    addedTo load: StepLoad,
    within limit: Duration
  ) -> Int {
    var (low, high) = (0, maximum)
    while low < high {
      let middle = (low + high + 1) / 2
      var candidate = load
      candidate.add(rowCount: middle, at: position)
      if duration(of: candidate) <= limit { low = middle } else { high = middle - 1 }
    }
    return low
  }

  private static func features(_ load: StepLoad) -> [3 of Double] {
    [1, Double(load.rowCount) / 64, Double(load.attendedCount) / 16_384]
  }

  private func milliseconds(_ features: [3 of Double]) -> Double {
    (0..<3).reduce(0) { $0 + coefficients[$1] * features[$1] }
  }

  /// The covariance after seeing `features`, and the gain by which an error corrects the coefficients.
  private mutating func updateCovariance(_ features: [3 of Double]) -> [3 of Double] {
    var spread: [3 of Double] = [0, 0, 0]
    for row in 0..<3 {
      for column in 0..<3 { spread[row] += covariance[row][column] * features[column] }
    }
    let variance = (0..<3).reduce(0) { $0 + spread[$1] * features[$1] }
    let uncertainty = (0..<3).reduce(0) { max($0, covariance[$1][$1]) }
    let forgetting = uncertainty < Self.maximumUncertainty ? Self.forgetting : 1
    var gain: [3 of Double] = [0, 0, 0]
    for row in 0..<3 { gain[row] = spread[row] / (forgetting + variance) }
    let reduced = reduced(by: gain, features)
    for row in 0..<3 {
      for column in 0..<3 {
        let noise = forgetting * gain[row] * gain[column]
        covariance[row][column] = (reduced[row][column] + noise) / forgetting
      }
    }
    return gain
  }

  /// (1 − gain · features) · covariance · (1 − gain · features) transposed.
  ///
  /// Joseph's form of the update: the plain one subtracts nearly equal numbers, and after thousands of steps alike
  /// rounding makes the uncertainty negative and the fit run away.
  private func reduced(
    by gain: [3 of Double],
    _ features: [3 of Double]
  ) -> [3 of [3 of Double]] {
    func factor(_ row: Int, _ column: Int) -> Double {
      (row == column ? 1 : 0) - gain[row] * features[column]
    }
    var half: [3 of [3 of Double]] = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    var result = half
    for row in 0..<3 {
      for column in 0..<3 {
        for inner in 0..<3 { half[row][column] += factor(row, inner) * covariance[inner][column] }
      }
    }
    for row in 0..<3 {
      for column in 0...row {
        for inner in 0..<3 { result[row][column] += half[row][inner] * factor(column, inner) }
        // Symmetric to the last bit, or the halves drift apart.
        result[column][row] = result[row][column]
      }
    }
    return result
  }
}
