/// Ends training once the loss on held-out data has not improved for a while, and remembers when it was best.
package struct EarlyStopping: Sendable, Hashable {
  /// Epochs without improvement that are borne.
  package let patience: Int
  /// The share of the best loss by which a loss must be lower to count as better.
  package let margin: Double
  package private(set) var bestLoss: Double
  package private(set) var bestEpoch: Int?
  package private(set) var epochCount: Int

  /// At the beginning, or where an earlier training stopped.
  package init(
    patience: Int,
    margin: Double = 0,
    bestLoss: Double = .infinity,
    bestEpoch: Int? = nil,
    epochCount: Int = 0
  ) {
    precondition(patience > 0 && margin >= 0, "patience \(patience), margin \(margin)")
    self.patience = patience
    self.margin = margin
    self.bestLoss = bestLoss
    self.bestEpoch = bestEpoch
    self.epochCount = epochCount
  }

  package enum Verdict: Sendable, Hashable {
    /// The best so far: worth keeping.
    case improved
    case waiting
    case finished
  }

  /// Takes note of the loss after an epoch; one that is no number is no improvement.
  package mutating func observe(_ loss: Double) -> Verdict {
    defer { epochCount += 1 }
    if loss < bestLoss - margin * bestLoss.magnitude || (bestEpoch == nil && loss < .infinity) {
      (bestLoss, bestEpoch) = (loss, epochCount)
      return .improved
    }
    return epochCount - (bestEpoch ?? -1) >= patience ? .finished : .waiting
  }
}
