/// What an entry point's tail would become if some services had other replica counts: the measured tail, scaled by a queueing model.
struct TailEstimate: Sendable {
  /// One service as the model sees it.
  struct Station: Sendable {
    /// Requests per second.
    var rate: Double
    var speed: ServiceSpeed
    var replicaCount: Int

    /// Seconds at the tail: work and wait; a queue without bound counts as one that is nearly so.
    func tail(replicas: Int, quantile: Double) -> Double {
      let servers = max(1, replicas * speed.serverCount)
      let most = 0.98 * Double(servers) / speed.serviceTime
      let queue = MultiServerQueue(
        arrivalRate: min(rate, most),
        serviceTime: speed.serviceTime,
        serverCount: servers
      )
      let overload = max(1, rate / most)
      return speed.serviceTime + queue.wait(quantile: quantile) * overload
    }

    /// The share of so many replicas' limit that is used.
    func utilization(replicas: Int) -> Double {
      rate * speed.busySeconds / Double(max(1, replicas))
    }
  }

  /// By service; nil where nothing is known.
  let stations: [Station?]
  /// Requests to each service for one that enters.
  let visits: [Double]
  let quantile: Double
  /// Latency over bound, as measured.
  let strain: Double

  private var total: Double { sum(replacing: [:]) }

  /// Latency over bound with these counts in place of the present ones.
  func strain(with counts: [Int: Int]) -> Double {
    let total = total
    return total > 0 ? strain * sum(replacing: counts) / total : strain
  }

  private func sum(replacing counts: [Int: Int]) -> Double {
    zip(stations, visits).enumerated().reduce(0) { sum, entry in
      let (index, (station, visits)) = entry
      guard let station, visits > 0 else { return sum }
      let replicas = counts[index] ?? station.replicaCount
      return sum + visits * station.tail(replicas: replicas, quantile: quantile)
    }
  }
}
