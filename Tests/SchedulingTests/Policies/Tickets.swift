@testable import Scheduling

/// Tickets and capacities as a policy sees them, without a scheduler.
struct Tickets {
  private var nextRank: UInt64 = 0

  mutating func profile(
    prompt: Int = 10,
    answer: Int = 10,
    at arrival: Duration = .zero,
    _ serviceClass: ServiceClass = .standard,
    priority: Int = 0,
    tenant: UInt64 = 0
  ) -> Profile {
    let request = Request(
      id: RequestID(rawValue: nextRank),
      prompt: Array(repeating: 1, count: prompt),
      maximumNewTokenCount: answer,
      arrival: arrival,
      serviceClass: serviceClass,
      priority: priority,
      tenant: TenantID(rawValue: tenant)
    )
    defer { nextRank += 1 }
    return Profile(request, choice: 0, rank: nextRank)
  }

  /// Hands the policy a ticket for each profile.
  func enqueue(_ profiles: [Profile], in policy: inout some SchedulingPolicy) {
    for profile in profiles {
      let standing = policy.standing(of: profile, Self.capacity(at: profile.arrival))
      policy.enqueue(Ticket(handle: Int(profile.rank), standing: standing, profile: profile))
    }
  }

  /// The order in which the policy names those that wait, at one moment.
  func order(_ policy: inout some SchedulingPolicy, _ capacity: Capacity) -> [UInt64] {
    var ranks: [UInt64] = []
    while let ticket = policy.next(capacity) {
      ranks.append(ticket.profile.rank)
      policy.take(ticket.handle)
    }
    return ranks
  }

  /// An empty house of 1,000 blocks of 16, in which a step takes 1 ms and 47 µs for each row.
  static func capacity(at now: Duration = .zero, running: Int = 0) -> Capacity {
    var capacity = Capacity(now: now, seatCount: 64, blockLength: 16, freeBlockCount: 1000)
    capacity.runningCount = running
    return capacity
  }
}
