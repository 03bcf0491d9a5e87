/// Spreads each tenant's requests over time as if its share of the machine were its own.
///
/// After virtual clocks (Zhang 1990): a request's virtual arrival lies behind the work that its tenant brought
/// before it, at the rate of an equal share among those who bring work. Whoever asks for no more than that
/// is never put back; whoever asks for more is, up to a limit.
struct FairClock: Sendable {
  private struct Account: Hashable {
    let tenant: TenantID
    let urgency: Int
  }

  private var clocks: [Account: Duration] = [:]
  private var latestArrivals: [TenantID: Duration] = [:]
  private var arrivalCount = 0

  /// Time without a request after which a tenant no longer counts for others' shares.
  private static let memory: Duration = .seconds(60)

  /// The point from which the request's promise counts; `work` is how long the machine needs for it.
  mutating func virtualArrival(
    of profile: Profile,
    work: Duration,
    limit: Duration
  ) -> Duration {
    let account = Account(tenant: profile.tenant, urgency: profile.serviceClass.urgency)
    latestArrivals[profile.tenant] = profile.arrival
    arrivalCount += 1
    if arrivalCount % 64 == 0 { forgetIdle(at: profile.arrival) }
    let start = max(clocks[account] ?? profile.arrival, profile.arrival)
    let share = Double(latestArrivals.count) / profile.serviceClass.weight
    clocks[account] = min(start + work * share, profile.arrival + limit * 2)
    // Alone, a tenant competes with nobody.
    return latestArrivals.count == 1 ? profile.arrival : min(start, profile.arrival + limit)
  }

  private mutating func forgetIdle(at now: Duration) {
    latestArrivals = latestArrivals.filter { now - $0.value < Self.memory }
    clocks = clocks.filter { latestArrivals[$0.key.tenant] != nil }
  }
}
