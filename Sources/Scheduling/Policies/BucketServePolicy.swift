/// Batches of prompts of one length bucket, as large as the free memory allows, after BucketServe.
///
/// Zheng et al. 2025. The bucket whose turn it is holds the request that came first; batches are filled from it in order. Deviations:
/// predicted outputs are counted in, as prompts alone would overrun the memory in decode; one engine computes both
/// phases, so prefill shares its steps with decode.
package struct BucketServePolicy: SchedulingPolicy {
  /// The order of deferrable work in a bucket.
  package enum BatchOrder: Sendable, Hashable {
    /// More requests a second.
    case shortestFirst
    /// More tokens a second.
    case longestFirst
  }

  package let batchOrder: BatchOrder
  private var queue: BucketedQueue
  /// The bucket that is being served, and how many more it may send.
  private var batch: (cells: Range<Int>, leftCount: Int)?
  private let maximumLength: Int

  /// Waiting that outweighs the whole range of lengths in the order of deferrable work.
  private static let ageing: Duration = .seconds(30)

  package init(
    maximumLength: Int,
    rule: BucketLadder.Rule = .paper,
    batchOrder: BatchOrder = .shortestFirst
  ) {
    self.batchOrder = batchOrder
    self.maximumLength = maximumLength
    queue = BucketedQueue(BucketLadder(rule: rule, maximum: maximumLength))
  }

  /// The buckets as they are.
  package var ladder: BucketLadder { queue.ladder }

  package func standing(of profile: Profile, _ capacity: Capacity) -> Standing {
    guard profile.serviceClass.isDeferrable else {
      return Standing(at: profile.arrival, rank: profile.rank)
    }
    let length = min(profile.promptCount, maximumLength)
    let weight = batchOrder == .shortestFirst ? length : maximumLength - length
    return Standing(at: profile.arrival + Self.ageing * weight / maximumLength, rank: profile.rank)
  }

  package mutating func enqueue(_ ticket: Ticket) { queue.insert(ticket) }

  package var waitingCount: Int { queue.count }

  package mutating func next(_ capacity: Capacity) -> Ticket? {
    guard let first = queue.first else { return nil }
    // However long the batch goes on, whoever came that much earlier goes first.
    if let batch, batch.leftCount > 0, let ticket = queue.first(in: batch.cells),
      ticket.standing.key <= first.standing.key + Self.ageing.microseconds
    {
      return ticket
    }
    let limit = capacity.batchLimit(footprint: queue.meanFootprint)
    queue.updateLadder(batchLimit: limit)
    batch = (queue.bucket(of: first), limit)
    return first
  }

  package mutating func take(_ handle: Int) {
    batch?.leftCount -= 1
    queue.remove(handle)
  }

  package mutating func drop(_ handle: Int) { queue.remove(handle) }

  package func hasRoom(for ticket: Ticket, _ capacity: Capacity) -> Bool {
    capacity.holds(ticket.profile)
  }
}
