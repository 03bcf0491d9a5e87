/// Waiting sequences by standing: a binary heap that knows where each handle sits, so any can leave.
struct TurnQueue: Sendable {
  private var nodes: [(standing: Standing, handle: Int)] = []
  /// Index into `nodes` by handle; nil for handles that are elsewhere.
  private var positions: [Int?] = []

  var count: Int { nodes.count }
  var isEmpty: Bool { nodes.isEmpty }

  /// The most urgent.
  var first: (standing: Standing, handle: Int)? { nodes.first }

  func contains(_ handle: Int) -> Bool {
    positions.indices.contains(handle) && positions[handle] != nil
  }

  /// - Complexity: O(log count).
  mutating func insert(_ handle: Int, standing: Standing) {
    while positions.count <= handle { positions.append(nil) }
    precondition(positions[handle] == nil, "handle \(handle) is queued twice")
    nodes.append((standing, handle))
    positions[handle] = nodes.count - 1
    siftUp(nodes.count - 1)
  }

  /// False when it was not here.
  /// - Complexity: O(log count).
  @discardableResult
  mutating func remove(_ handle: Int) -> Bool {
    guard contains(handle), let index = positions[handle] else { return false }
    let last = nodes.count - 1
    if index != last { exchange(index, last) }
    nodes.removeLast()
    positions[handle] = nil
    if index != last {
      siftDown(index)
      siftUp(index)
    }
    return true
  }

  private mutating func exchange(_ left: Int, _ right: Int) {
    nodes.swapAt(left, right)
    positions[nodes[left].handle] = left
    positions[nodes[right].handle] = right
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      guard nodes[index].standing < nodes[parent].standing else { return }
      exchange(index, parent)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < nodes.count && nodes[child].standing < nodes[smallest].standing {
        smallest = child
      }
      guard smallest != index else { return }
      exchange(index, smallest)
      index = smallest
    }
  }
}
