import Glibc

/// Weights of samples in exponential buckets, the weight of a sample doubling with every half-life that it is newer.
///
/// `decayingHistogram` over `exponentialHistogramOptions` of kubernetes/autoscaler's `vertical-pod-autoscaler/pkg/
/// recommender/util`: the first bucket has a given width and each next is wider by the ratio.
struct DecayingHistogram: Hashable, Sendable {
  struct Buckets: Hashable, Sendable {
    var firstWidth: Double
    var ratio: Double
    var count: Int

    /// Buckets that reach beyond `maximum`.
    init(firstWidth: Double, ratio: Double = 1.05, maximum: Double) {
      self.firstWidth = firstWidth
      self.ratio = ratio
      count = Int((log(maximum * (ratio - 1) / firstWidth + 1) / log(ratio)).rounded(.up)) + 1
    }

    func index(of value: Double) -> Int {
      guard value >= firstWidth else { return 0 }
      let index = Int(log(value * (ratio - 1) / firstWidth + 1) / log(ratio))
      return min(index, count - 1)
    }

    func start(of index: Int) -> Double {
      index == 0 ? 0 : firstWidth * (pow(ratio, Double(index)) - 1) / (ratio - 1)
    }
  }

  let buckets: Buckets
  let halfLife: Duration
  /// Buckets that weigh less than this count as empty.
  private let epsilon: Double
  private var weights: [Double]
  private var total = 0.0
  private var reference = Duration.zero
  /// Weights grow without bound; beyond two to this power they are scaled down.
  private static let mostDecayExponent = 100.0

  init(_ buckets: Buckets, halfLife: Duration = .seconds(86_400), epsilon: Double = 0.0001) {
    self.buckets = buckets
    self.halfLife = halfLife
    self.epsilon = epsilon
    weights = Array(repeating: 0, count: buckets.count)
  }

  mutating func add(_ value: Double, weight: Double, at time: Duration) {
    let scaled = weight * decayFactor(at: time)
    weights[buckets.index(of: value)] += scaled
    total += scaled
  }

  /// Takes back what was added with the same value, weight and time.
  mutating func subtract(_ value: Double, weight: Double, at time: Duration) {
    let scaled = weight * decayFactor(at: time)
    let index = buckets.index(of: value)
    weights[index] = max(0, weights[index] - scaled)
    total = max(0, total - scaled)
  }

  var isEmpty: Bool { !weights.contains { $0 >= epsilon } }

  /// The end of the bucket in which the share of weight reaches `share`; 0 when empty.
  func percentile(_ share: Double) -> Double {
    guard let first = weights.firstIndex(where: { $0 >= epsilon }),
      let last = weights.lastIndex(where: { $0 >= epsilon })
    else { return 0 }
    var sum = 0.0
    var index = first
    while index < last {
      sum += weights[index]
      if sum >= share * total { break }
      index += 1
    }
    return buckets.start(of: min(index + 1, buckets.count - 1))
  }

  private mutating func decayFactor(at time: Duration) -> Double {
    if (time - reference) / halfLife > Self.mostDecayExponent { shiftReference(to: time) }
    return exp2((time - reference) / halfLife)
  }

  private mutating func shiftReference(to time: Duration) {
    let halfLives = ((time - reference) / halfLife).rounded()
    let factor = exp2(-halfLives)
    for index in weights.indices { weights[index] *= factor }
    total *= factor
    reference += halfLife * halfLives
  }
}
