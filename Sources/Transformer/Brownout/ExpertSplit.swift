/// Which experts of one layer serve their own pairs of token and expert in a step, and what becomes of the
/// pairs of the others.
///
/// The criterion is popularity in this step, not the gate's weight. The hottest experts are kept until they
/// serve the threshold's share of all pairs, the one that crosses it included; among equals the lower index
/// is hotter. Of the rest, a lone member of a group is kept too: its united expert would save no read.
package struct ExpertSplit: Sendable {
  package enum Fate: Sendable, Hashable {
    case kept
    case united(group: Int)
    case dropped
  }

  package private(set) var expertCount = 0
  package private(set) var groupCount = 0
  /// For each expert, what becomes of its pairs; experts without any are kept.
  package private(set) var fates: [Fate] = []
  private var counts: [Int] = []
  private var order: [Int] = []
  private var memberCounts: [Int] = []

  package init() {}

  /// Decides for one layer's `routing`.
  ///
  /// `groups` holds the group of each expert, or is empty where there are no united experts; `hasUnited` says
  /// whether a group's united expert is at hand, without which its members are kept.
  ///
  /// - Complexity: O(pairs + experts · log experts); allocates only when there is more than came before.
  package mutating func decide(
    _ routing: ExpertRouting,
    expertCount: Int,
    groups: [Int],
    hasUnited: (Int) -> Bool = { _ in true },
    _ brownout: Brownout
  ) {
    self.expertCount = expertCount
    groupCount = (groups.max() ?? -1) + 1
    refill(&counts, 0, expertCount)
    for expert in routing.experts { counts[Int(expert)] += 1 }
    refill(&fates, .kept, expertCount)
    guard brownout.mode != .zero else { return }
    let cold: Fate? = brownout.mode == .full ? .dropped : nil
    for expert in coldExperts(threshold: brownout.threshold) {
      fates[expert] = cold ?? (groups.isEmpty ? .kept : .united(group: groups[expert]))
    }
    for row in brownout.fullQualityRows.joined() {
      for pair in (row * routing.topK)..<((row + 1) * routing.topK) {
        fates[Int(routing.experts[pair])] = .kept
      }
    }
    if cold == nil, !groups.isEmpty { keepLoneMembers(groups, hasUnited) }
  }

  /// The experts with pairs that the hottest ones leave over.
  private mutating func coldExperts(threshold: Double) -> ArraySlice<Int> {
    order.removeAll(keepingCapacity: true)
    for expert in counts.indices where counts[expert] > 0 { order.append(expert) }
    order.sort { [counts] in (counts[$1], $0) < (counts[$0], $1) }
    let total = counts.reduce(0, +)
    // A little less, so that rounding never asks for one expert more.
    let target = threshold * Double(total) * (1 - 1e-12)
    var (served, keptCount) = (0, 0)
    while Double(served) < target {
      served += counts[order[keptCount]]
      keptCount += 1
    }
    return order[keptCount...]
  }

  private mutating func keepLoneMembers(_ groups: [Int], _ hasUnited: (Int) -> Bool) {
    refill(&memberCounts, 0, groupCount)
    for case .united(let group) in fates { memberCounts[group] += 1 }
    for expert in fates.indices {
      guard case .united(let group) = fates[expert] else { continue }
      if memberCounts[group] == 1 || !hasUnited(group) { fates[expert] = .kept }
    }
  }

  private func refill<Element>(_ array: inout [Element], _ element: Element, _ count: Int) {
    array.removeAll(keepingCapacity: true)
    array.append(contentsOf: repeatElement(element, count: count))
  }

  /// Where an expert's pairs are computed: at its own index, or behind all experts at its group's; nil when
  /// they are skipped.
  func slot(of expert: Int32) -> Int? {
    switch fates[Int(expert)] {
    case .kept: Int(expert)
    case .united(let group): expertCount + group
    case .dropped: nil
    }
  }

  var slotCount: Int { expertCount + groupCount }
}
