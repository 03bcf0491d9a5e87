import Glibc

/// A queue that several servers work off: Erlang's formula, and how variability stretches or shortens the wait.
///
/// The wait of M/M/c times the mean of the squared coefficients of variation of arrivals and services (Allen and Cunneen 1990):
/// exact for M/M/c, and with one server for M/G/1, so that one half gives M/D/1.
struct MultiServerQueue: Hashable, Sendable {
  /// Requests per second.
  var arrivalRate: Double
  /// Seconds that a server takes for a request.
  var serviceTime: Double
  var serverCount: Int
  /// `(Ca² + Cs²) / 2`.
  var variability = 1.0

  /// Servers that the load keeps busy, in Erlang.
  var load: Double { arrivalRate * serviceTime }
  var utilization: Double { load / Double(serverCount) }

  /// The chance that a request waits: Erlang's C; 1 where the queue grows without bound.
  /// - Complexity: O(servers).
  var waitProbability: Double {
    guard utilization < 1 else { return 1 }
    var blocking = 1.0
    for count in 1...max(1, serverCount) {
      blocking = load * blocking / (Double(count) + load * blocking)
    }
    return blocking / (1 - utilization * (1 - blocking))
  }

  /// Seconds, over all requests.
  var meanWait: Double { waitProbability * meanWaitOfWaiting }

  /// Seconds that this share of the requests does not exceed; the wait of those that wait is taken as exponential.
  func wait(quantile: Double) -> Double {
    guard utilization < 1 else { return .infinity }
    let ratio = waitProbability / (1 - quantile)
    return ratio > 1 ? meanWaitOfWaiting * log(ratio) : 0
  }

  private var meanWaitOfWaiting: Double {
    guard utilization < 1 else { return .infinity }
    return variability * serviceTime / (Double(serverCount) * (1 - utilization))
  }
}
