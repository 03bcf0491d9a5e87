import Glibc
import Simulation

/// Measures the simulated world: spans per second, and memory over a week.
@main
struct SimulationBenchmark {
  static func main() {
    hour()
    week()
  }

  /// An hour of 1,000 requests per second on 25 services.
  private static func hour() {
    let description = SocialNetwork.description(requestsPerSecond: 1000)
    var cluster = SimulatedCluster(description, load: .constant(1000), seed: 1)
    let clock = ContinuousClock()
    let took = clock.measure { cluster.advance(to: VirtualTime(.seconds(3600))) }
    let seconds = took / .seconds(1)
    let spans = Double(cluster.endedSpanCount)
    print(
      "hour at 1000 requests/s, \(description.services.count) services: \(seconds) s,",
      "\(cluster.endedSpanCount) spans, \(Int(spans / seconds)) spans/s,",
      "peak memory \(peakMemory()) MB"
    )
  }

  /// A week of 10 requests per second: memory at the end of each day.
  private static func week() {
    let description = SocialNetwork.description(requestsPerSecond: 10)
    var cluster = SimulatedCluster(description, load: .constant(10), seed: 1)
    var memory: [Int] = []
    let clock = ContinuousClock()
    let took = clock.measure {
      for day in 1...7 {
        cluster.advance(to: VirtualTime(.seconds(86_400 * day)))
        memory.append(residentMemory())
      }
    }
    print(
      "week at 10 requests/s: \(took / .seconds(1)) s, \(cluster.endedSpanCount) spans,",
      "resident at the end of each day (kB): \(memory)"
    )
  }

  /// The largest resident size so far, in MB.
  private static func peakMemory() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1024
  }

  /// Resident size now, in kB.
  private static func residentMemory() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var (size, resident) = (0, 0)
    withUnsafeMutablePointer(to: &size) { size in
      withUnsafeMutablePointer(to: &resident) { resident in
        _ = withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
      }
    }
    return resident * 4
  }
}
