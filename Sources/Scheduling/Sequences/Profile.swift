/// What a policy knows of a sequence: numbers, never its tokens.
package struct Profile: Sendable, Hashable {
  package let sequence: SequenceID
  /// Place in the order of arrival: unique.
  package let rank: UInt64
  package let arrival: Duration
  package let serviceClass: ServiceClass
  package let priority: Int
  package let tenant: TenantID
  package let deadline: Duration?
  /// Whether united experts may serve it.
  package let quality: Quality
  package let promptCount: Int
  package let maximumNewTokenCount: Int
  /// How long the answer is expected to become.
  package internal(set) var forecast: LengthForecast
  /// How long it will really be, where a replayed trace tells; for the oracle alone.
  let trueNewTokenCount: Int?
  /// Tokens generated so far.
  package internal(set) var generatedCount = 0
  package internal(set) var preemptionCount = 0

  /// Expects the longest answer until a predictor says otherwise.
  package init(_ request: Request, choice: Int, rank: UInt64) {
    sequence = SequenceID(request: request.id, choice: choice)
    self.rank = rank
    arrival = request.arrival
    serviceClass = request.serviceClass
    priority = request.priority
    tenant = request.tenant
    deadline = request.deadline
    quality = request.quality
    promptCount = request.prompt.count
    maximumNewTokenCount = request.maximumNewTokenCount
    forecast = LengthForecast(
      expected: request.maximumNewTokenCount,
      upperBound: request.maximumNewTokenCount
    )
    trueNewTokenCount = request.trueNewTokenCount
  }

  /// Tokens that exist: what a seat makes the engine compute first.
  package var tokenCount: Int { promptCount + generatedCount }

  /// Tokens that it is expected to hold in the cache at its end, at most.
  ///
  /// Where the answer outgrew its forecast, the forecast is extended by what it missed so far.
  package var footprint: Int {
    let room = promptCount + maximumNewTokenCount
    guard generatedCount >= forecast.upperBound else {
      return min(promptCount + forecast.upperBound, room)
    }
    return min(promptCount + 2 * generatedCount + 1, room)
  }

  /// When the first token is due.
  package var firstTokenDue: Duration {
    arrival + serviceClass.timeToFirstToken(promptCount: promptCount)
  }
}

/// Where a sequence stands among the others: lower goes first, and the last one is preempted first.
///
/// A policy gives each sequence its standing once, as a point in time where it can: one that only moves into the past is
/// overtaken only for so long, whatever comes after it.
package struct Standing: Sendable, Hashable, Comparable {
  /// Microseconds, if the policy counts in time.
  package let key: Int64
  /// Breaks ties by arrival, so that no two sequences stand equal.
  package let rank: UInt64

  package init(key: Int64, rank: UInt64) {
    self.key = key
    self.rank = rank
  }

  /// Stands where `point` lies in time.
  package init(at point: Duration, rank: UInt64) {
    self.init(key: point.microseconds, rank: rank)
  }

  package static func < (left: Standing, right: Standing) -> Bool {
    left.key == right.key ? left.rank < right.rank : left.key < right.key
  }
}

/// A sequence as a policy holds it while it waits.
package struct Ticket: Sendable, Hashable {
  /// Small integers that are used again: an index into tables.
  package let handle: Int
  package internal(set) var standing: Standing
  package let profile: Profile

  package init(handle: Int, standing: Standing, profile: Profile) {
    self.handle = handle
    self.standing = standing
    self.profile = profile
  }
}

extension Duration {
  /// Whole microseconds; enough for 290,000 years.
  var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
