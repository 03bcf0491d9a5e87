/// Waiting sequences by prompt length and, within a bucket, by standing.
///
/// One queue for each cell of the ladder, so that moving a bucket's bounds moves no sequence.
struct BucketedQueue: Sendable {
  private(set) var ladder: BucketLadder
  private(set) var tickets = TicketTable()
  private var queues: [TurnQueue]
  private var footprints = 0

  init(_ ladder: BucketLadder) {
    self.ladder = ladder
    queues = Array(repeating: TurnQueue(), count: ladder.cellCount)
  }

  var count: Int { tickets.count }

  /// Tokens that one of those that wait is expected to hold at its end.
  var meanFootprint: Int { count == 0 ? 1 : max(footprints / count, 1) }

  /// Who stands first of all.
  var first: Ticket? { first(in: 0..<ladder.cellCount) }

  /// Who stands first in these cells.
  /// - Complexity: O(cells), at most 64.
  func first(in cells: Range<Int>) -> Ticket? {
    var best: (standing: Standing, handle: Int)?
    for cell in cells {
      guard let first = queues[cell].first else { continue }
      if let standing = best?.standing, standing < first.standing { continue }
      best = first
    }
    return best.map { tickets[$0.handle] }
  }

  /// The cells of the bucket that a ticket lies in.
  func bucket(of ticket: Ticket) -> Range<Int> {
    let cell = ladder.cell(ofLength: ticket.profile.promptCount)
    for bucket in 0..<ladder.bucketCount {
      let cells = ladder.cells(of: bucket)
      if cells.contains(cell) { return cells }
    }
    preconditionFailure("no bucket holds prompts of \(ticket.profile.promptCount) tokens")
  }

  mutating func insert(_ ticket: Ticket) {
    tickets.insert(ticket)
    ladder.insert(length: ticket.profile.promptCount)
    footprints += ticket.profile.footprint
    let cell = ladder.cell(ofLength: ticket.profile.promptCount)
    queues[cell].insert(ticket.handle, standing: ticket.standing)
  }

  mutating func remove(_ handle: Int) {
    let profile = tickets.remove(handle).profile
    ladder.remove(length: profile.promptCount)
    footprints -= profile.footprint
    queues[ladder.cell(ofLength: profile.promptCount)].remove(handle)
  }

  /// Gives a ticket another standing.
  mutating func move(_ ticket: Ticket, to standing: Standing) {
    let cell = ladder.cell(ofLength: ticket.profile.promptCount)
    queues[cell].remove(ticket.handle)
    queues[cell].insert(ticket.handle, standing: standing)
    tickets.move(ticket.handle, to: standing)
  }

  mutating func updateLadder(batchLimit: Int) { ladder.update(batchLimit: batchLimit) }
}

extension Capacity {
  /// Tokens that may be promised: nine tenths of the free blocks, less what the running ones will take yet.
  ///
  /// BucketServe's equation 5, with the output counted in.
  var safeTokenCount: Int { max(freeBlockCount * 9 / 10 - expectedGrowth, 0) * blockLength }

  /// How many requests of `footprint` tokens that is: equation 6, and never less than one.
  func batchLimit(footprint: Int) -> Int { max(safeTokenCount / max(footprint, 1), 1) }

  /// Whether a sequence fits with all that it is expected to become; one that runs alone always may try.
  func holds(_ profile: Profile) -> Bool {
    runningCount == 0 || blockCount(forTokens: profile.footprint) * blockLength <= safeTokenCount
  }
}
