/// A number's average over the latest stretch of time, from averages over shorter stretches.
struct AverageWindow: Hashable, Sendable {
  let length: Duration
  private var samples: [Sample] = []

  private struct Sample: Hashable, Sendable {
    var end: Duration
    var span: Duration
    var value: Double
  }

  init(_ length: Duration) { self.length = length }

  /// Takes the average over the `span` that ends at `end`.
  mutating func add(_ value: Double, over span: Duration, endingAt end: Duration) {
    samples.append(Sample(end: end, span: span, value: value))
    samples.removeAll { $0.end <= end - length }
  }

  /// The average weighted by time, over what there is while the window is not full; nil without a sample.
  var average: Double? {
    guard let latest = samples.last else { return nil }
    var sum = 0.0
    var time = 0.0
    for sample in samples {
      let start = max(sample.end - sample.span, latest.end - length)
      let seconds = (sample.end - start) / .seconds(1)
      sum += sample.value * seconds
      time += seconds
    }
    return time > 0 ? sum / time : latest.value
  }
}
