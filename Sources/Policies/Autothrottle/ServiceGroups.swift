import Applications
import OrderedCollections

/// Services in two groups by their CPU use: the cut that leaves the least variance within both (2-means in one dimension).
struct ServiceGroups: Hashable, Sendable {
  /// The services that use most.
  let heavy: OrderedSet<ServiceName>

  init(_ usages: OrderedDictionary<ServiceName, Double>) {
    let sorted = usages.elements.sorted {
      ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue)
    }
    let cuts = 1..<max(2, sorted.count)
    func scatter(_ part: ArraySlice<(key: ServiceName, value: Double)>) -> Double {
      let mean = part.reduce(0) { $0 + $1.value } / Double(max(1, part.count))
      return part.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
    }
    let cut = cuts.min { left, right in
      scatter(sorted.prefix(left)) + scatter(sorted.dropFirst(left))
        < scatter(sorted.prefix(right)) + scatter(sorted.dropFirst(right))
    }
    heavy = OrderedSet(sorted.prefix(cut ?? 1).map(\.key))
  }
}
