/// Sequences that hold no blocks, found by a handle; whose turn it is, the policy knows.
struct WaitingRoom: Sendable {
  private var seats: [SequenceState?] = []
  private var freeHandles: [Int] = []
  private var handles: [SequenceID: Int] = [:]

  var count: Int { handles.count }
  var isEmpty: Bool { handles.isEmpty }

  subscript(handle: Int) -> SequenceState {
    get {
      guard let state = seats[handle] else { preconditionFailure("nobody waits at \(handle)") }
      return state
    }
    _modify {
      guard var state = seats[handle].take() else {
        preconditionFailure("nobody waits at \(handle)")
      }
      defer { seats[handle] = state }
      yield &state
    }
  }

  /// Those that wait, in no particular order.
  var states: some Sequence<SequenceState> { seats.lazy.compactMap { $0 } }

  func handle(of id: SequenceID) -> Int? { handles[id] }

  mutating func insert(_ state: SequenceState) -> Int {
    let handle = freeHandles.popLast() ?? seats.count
    precondition(handles.updateValue(handle, forKey: state.id) == nil, "\(state.id) waits twice")
    if handle == seats.count { seats.append(state) } else { seats[handle] = state }
    return handle
  }

  mutating func remove(_ handle: Int) -> SequenceState {
    guard let state = seats[handle].take() else {
      preconditionFailure("nobody waits at \(handle)")
    }
    handles[state.id] = nil
    freeHandles.append(handle)
    return state
  }
}
