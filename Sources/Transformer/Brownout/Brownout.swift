/// How far a step may stray from its model to read fewer experts: one setting for all its layers.
///
/// After BrownoutServe (Hu et al., arXiv 2507.17133): experts that few of the step's tokens chose give way, and
/// one united expert stands in for a group of them. Below threshold 1 a row's result depends on the rows
/// beside it, as they decide which experts are popular.
package struct Brownout: Sendable, Hashable {
  /// What becomes of pairs of token and expert whose expert is not popular enough.
  package enum Mode: String, Sendable, CaseIterable {
    /// Their expert's group serves them through its united expert.
    case partial
    /// They are skipped.
    case full
    /// They stay: the model as it is.
    case zero
  }

  package var mode: Mode
  /// Share of each layer's pairs that at least stay with their own experts, 0...1.
  package var threshold: Double
  /// Layers at either end of the model that are left as they are, where errors weigh most.
  package var exemptEdgeCount: Int
  /// Rows whose own experts are kept, for everybody: they are read anyway.
  package var fullQualityRows: [Range<Int>]

  package init(
    mode: Mode = .partial,
    threshold: Double,
    exemptEdgeCount: Int = 1,
    fullQualityRows: [Range<Int>] = []
  ) {
    precondition((0...1).contains(threshold), "threshold \(threshold)")
    precondition(exemptEdgeCount >= 0, "\(exemptEdgeCount) exempt layers")
    self.mode = mode
    self.threshold = threshold
    self.exemptEdgeCount = exemptEdgeCount
    self.fullQualityRows = fullQualityRows
  }

  /// Whether it may change anything in one layer of `layerCount`.
  package func reaches(layer: Int, of layerCount: Int) -> Bool {
    mode != .zero && threshold < 1
      && (exemptEdgeCount..<max(layerCount - exemptEdgeCount, exemptEdgeCount)).contains(layer)
  }
}

/// What a step asked of its mixtures of experts.
package struct ExpertCounts: Sendable, Hashable {
  /// Experts whose weights were read, united ones included, summed over the layers.
  package internal(set) var distinctExpertCount = 0
  /// Pairs of token and expert, as the routers chose them.
  package internal(set) var pairCount = 0
  /// Pairs that were computed: without those that were skipped, and a united expert that a token met twice once.
  package internal(set) var computedPairCount = 0
  /// For each row, its pairs that a united expert served or that were skipped.
  package internal(set) var reroutedPairCounts: [Int32] = []

  package init() {}

  /// Pairs that did not go to the expert that the router chose.
  package var reroutedPairCount: Int { reroutedPairCounts.reduce(0) { $0 + Int($1) } }

  /// Pairs of each row, over all layers.
  package var pairCountPerRow: Int {
    reroutedPairCounts.isEmpty ? 0 : pairCount / reroutedPairCounts.count
  }

  mutating func start(rowCount: Int) {
    distinctExpertCount = 0
    pairCount = 0
    computedPairCount = 0
    reroutedPairCounts.removeAll(keepingCapacity: true)
    reroutedPairCounts.append(contentsOf: repeatElement(0, count: rowCount))
  }

  mutating func note(_ routing: ExpertRouting, _ schedule: ExpertSchedule) {
    distinctExpertCount += schedule.groups.count
    pairCount += routing.experts.count
    computedPairCount += schedule.tokens.count
  }

  mutating func note(_ routing: ExpertRouting, _ split: ExpertSplit) {
    for pair in routing.experts.indices
    where split.fates[Int(routing.experts[pair])] != .kept {
      reroutedPairCounts[pair / routing.topK] += 1
    }
  }
}
