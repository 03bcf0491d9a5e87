import Applications
import CProcesses
import DequeModule
import NIOCore
import NIOHTTP1
import Randomness
import Routing

/// One replica of a synthetic service: takes requests, burns their CPU time, makes their calls, answers.
///
/// A request holds one of `concurrency` places from its start to its answer, also while it waits for others;
/// further ones wait in order, and beyond `queueLength` are refused with 503. Lives on one event loop.
final class SyntheticService {
  private let plan: SyntheticPlan
  private let eventLoop: any EventLoop
  private let burner: CPUBurner
  private let calls: CallRunner
  private var random: SplitMix64
  private let readyAt: NIODeadline
  private var busyCount = 0
  private var waiting: Deque<() -> Void> = []
  private var overhead = OverheadMeter()
  private var counts = Counts()

  private struct Counts {
    var answered = 0
    var failed = 0
    var refused = 0
  }

  init(_ plan: SyntheticPlan, ordinal: UInt64, coreCount: Int, eventLoop: any EventLoop) {
    self.plan = plan
    self.eventLoop = eventLoop
    burner = CPUBurner(threadCount: max(1, min(coreCount, plan.concurrency)))
    random = SplitMix64(seed: plan.seed &+ ordinal &* 0x9E37_79B9)
    calls = CallRunner(ports: plan.ports, eventLoop: eventLoop, seed: random.next())
    readyAt = .now() + .nanoseconds(Int64(plan.startupSeconds * 1e9))
    keepHouse()
  }

  func answer(_ request: HTTPAnswerer.Request, _ reply: @escaping (HTTPAnswerer.Reply) -> Void) {
    let path = request.head.uri.prefix { $0 != "?" }
    switch path {
    case "/health": reply(isReady ? .answer(.ok) : .answer(.serviceUnavailable))
    case "/metrics": reply(.answer(.ok, ["content-type": "text/plain; version=0.0.4"], metrics))
    default:
      let name = path.dropFirst().prefix { $0 != "/" }
      guard let operation = plan.operations[String(name)] else { return reply(.answer(.notFound)) }
      let id = request.head.headers.first(name: "x-request-id")
      admit { [self] in
        perform(operation, for: id, reply)
      } orElse: { [self] in
        counts.refused += 1
        reply(.answer(.serviceUnavailable, ["retry-after": "1"]))
      }
    }
  }

  private var isReady: Bool { readyAt <= .now() }

  /// Begins work at once, later, or never.
  private func admit(_ work: @escaping () -> Void, orElse refuse: () -> Void) {
    overhead.count()
    if busyCount < plan.concurrency {
      busyCount += 1
      work()
    } else if waiting.count < plan.queueLength {
      waiting.append(work)
    } else {
      refuse()
    }
  }

  private func perform(
    _ operation: SyntheticPlan.Operation,
    for id: String?,
    _ reply: @escaping (HTTPAnswerer.Reply) -> Void
  ) {
    let drawn = operation.cpuSeconds.sample(using: &random)
    let seconds = max(0, drawn - overhead.secondsPerRequest)
    burner.burn(seconds: seconds, on: eventLoop).assumeIsolated().whenComplete { [self] _ in
      calls.run(operation.stages[...], for: id) { [self] failure in
        finish(operation, failure, reply)
      }
    }
  }

  private func finish(
    _ operation: SyntheticPlan.Operation,
    _ failure: CallFailure?,
    _ reply: (HTTPAnswerer.Reply) -> Void
  ) {
    if let failure {
      counts.failed += 1
      reply(.answer(.badGateway, [:], ByteBuffer(string: "\(failure)\n")))
    } else {
      counts.answered += 1
      reply(
        .answer(.ok, [:], ByteBuffer(repeating: UInt8(ascii: "."), count: operation.payloadSize))
      )
    }
    // The place goes to the next in line, or is free.
    if let next = waiting.popFirst() { next() } else { busyCount -= 1 }
  }

  private func keepHouse() {
    _ = eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in
      self?.readOverhead()
      self?.calls.sweep()
      self?.keepHouse()
    }
  }

  private func readOverhead() {
    let used = plimsoll_process_cpu_seconds()
    overhead.read(OverheadMeter.Reading(used: used, burned: burner.burnedSeconds))
  }

  /// Prometheus text.
  private var metrics: ByteBuffer {
    let series: [(name: String, type: String, value: String)] = [
      ("requests_answered_total", "counter", "\(counts.answered)"),
      ("requests_failed_total", "counter", "\(counts.failed)"),
      ("requests_refused_total", "counter", "\(counts.refused)"),
      ("requests_in_work", "gauge", "\(busyCount)"),
      ("requests_waiting", "gauge", "\(waiting.count)"),
      ("burned_cpu_seconds_total", "counter", "\(burner.burnedSeconds)"),
      ("overhead_cpu_seconds", "gauge", "\(overhead.secondsPerRequest)"),
    ]
    let lines = series.map { entry in
      let name = "plimsoll_synthetic_\(entry.name)"
      return "# TYPE \(name) \(entry.type)\n\(name){service=\"\(plan.service)\"} \(entry.value)\n"
    }
    return ByteBuffer(string: lines.joined())
  }
}
