import FoundationEssentials
import Glibc
import LocalCluster
import NIOCore
import NIOHTTP1
import NIOPosix
import Routing

/// Measures what the router adds to a request: client, router and service are three processes on this machine.
///
/// In turn, the same open-loop load goes to the service directly and through the router; a request's latency
/// counts from the moment at which it was due. `make bench-router` runs it.
@main
struct RouterBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    // As in the local world.
    loop.takeShortTurns()
    switch arguments.dropFirst().first {
    case "service"?: try await serve(on: loop)
    case "router"?: try await route(to: Int(arguments.last ?? "") ?? 0, on: loop)
    default:
      let rate = arguments.dropFirst().first.flatMap { Double($0) } ?? 2000
      let rounds = arguments.dropFirst(2).first.flatMap { Int($0) } ?? 5
      try await measure(rate: rate, rounds: rounds, on: loop)
    }
  }

  /// Answers everything with 1 KiB at once.
  private static func serve(on loop: any EventLoop) async throws {
    let answerer = try await HTTPAnswerer.open(on: loop) {
      let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1024)
      return { _, reply in reply(.answer(.ok, [:], body)) }
    }
    announce(answerer.port)
    try await answerer.untilClosed()
  }

  private static func route(to port: Int, on loop: any EventLoop) async throws {
    let proxy = try await ServiceProxy.open(ProxyConfiguration(name: "bench"), on: loop)
    _ = await proxy.add(EndpointAddress(port: port))
    while await proxy.endpoints().first?.state != .ready {
      try await Task.sleep(for: .milliseconds(10))
    }
    announce(proxy.port)
    try await Task.sleep(for: .seconds(3600))
  }

  private static func announce(_ port: Int) {
    print(port)
    fflush(nil)
  }

  private static func measure(rate: Double, rounds: Int, on loop: any EventLoop) async throws {
    let service = try Role("service")
    let router = try Role("router", "\(service.port)")
    defer {
      router.end()
      service.end()
    }
    let load = Load(rate: rate, duration: .seconds(4), eventLoop: loop)
    // Connections are made and code is warm before anything counts.
    for port in [service.port, router.port] { _ = try await load.run(at: port) }
    print(
      "rate \(Int(rate))/s, \(rounds) rounds of 4 s each way, 1 KiB answers, keep-alive; microseconds"
    )
    print(
      "round\tdirect p50\tp99\trouted p50\tp99\tadded p50\tp99\trouter CPU/request"
        + "\tits wait for a core/request\tstolen by the host, ms"
    )
    var added: [(p50: Double, p99: Double, cpu: Double)] = []
    for round in 1...rounds {
      let direct = try await load.run(at: service.port)
      let (cpuBefore, waitBefore, stolenBefore) = (router.cpuSeconds, router.waitSeconds, stolen)
      let routed = try await load.run(at: router.port)
      let cpu = (router.cpuSeconds - cpuBefore) / Double(routed.count) * 1e6
      let wait = (router.waitSeconds - waitBefore) / Double(routed.count) * 1e6
      let row = [direct, routed].map { (micros($0, 0.5), micros($0, 0.99)) }
      added.append((row[1].0 - row[0].0, row[1].1 - row[0].1, cpu))
      let numbers = [
        Double(round), row[0].0, row[0].1, row[1].0, row[1].1, row[1].0 - row[0].0,
        row[1].1 - row[0].1, cpu, wait, (stolen - stolenBefore) * 1000,
      ]
      print(numbers.map { "\(Int($0.rounded()))" }.joined(separator: "\t"))
    }
    let middle = { (values: [Double]) in values.sorted()[values.count / 2] }
    print(
      "median added: p50 \(Int(middle(added.map(\.p50)))), p99 \(Int(middle(added.map(\.p99)))),"
        + " router CPU per request \(Int(middle(added.map(\.cpu))))"
    )
  }

  /// Seconds of this machine's processors that the host gave to others, since it was started.
  private static var stolen: Double {
    let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    let fields = text.split(separator: "\n").first?.split(separator: " ") ?? []
    return fields.count > 8
      ? (Double(fields[8]) ?? 0) / Double(sysconf(Int32(_SC_CLK_TCK))) : 0
  }

  private static func micros(_ counts: LatencyCounts, _ quantile: Double) -> Double {
    (counts.quantile(quantile) ?? .zero) / .microseconds(1)
  }
}

/// An open-loop load of constant rate.
private struct Load: Sendable {
  let rate: Double
  let duration: Duration
  let eventLoop: any EventLoop

  func run(at port: Int) async throws -> LatencyCounts {
    let run = try await eventLoop.submit {
      NIOLoopBound(LoadRun(load: self, port: port), eventLoop: eventLoop)
    }.get()
    return await withCheckedContinuation { continuation in
      eventLoop.execute { run.value.start { continuation.resume(returning: $0) } }
    }
  }
}

/// One run of a load, on its event loop.
private final class LoadRun {
  private let load: Load
  private let address: EndpointAddress
  private let caller: HTTPCaller
  private let total: Int
  private var sent = 0
  private var pending = 0
  private var counts = LatencyCounts()
  private var begin = NIODeadline.now()
  private var done: ((LatencyCounts) -> Void)?

  init(load: Load, port: Int) {
    self.load = load
    address = EndpointAddress(port: port)
    caller = HTTPCaller(eventLoop: load.eventLoop)
    total = Int(load.rate * (load.duration / .seconds(1)))
  }

  func start(_ done: @escaping (LatencyCounts) -> Void) {
    self.done = done
    begin = .now() + .milliseconds(10)
    sendDue()
  }

  private func due(_ index: Int) -> NIODeadline {
    begin + .nanoseconds(Int64(Double(index) / load.rate * 1e9))
  }

  private func sendDue() {
    while sent < total, due(sent) <= .now() {
      send(due: due(sent))
      sent += 1
    }
    guard sent < total else { return }
    _ = load.eventLoop.assumeIsolated().scheduleTask(deadline: due(sent)) { [self] in sendDue() }
  }

  private func send(due: NIODeadline) {
    pending += 1
    let head = HTTPRequestHead(
      version: .http1_1,
      method: .GET,
      uri: "/item?id=\(sent)",
      headers: ["host": "localhost", "user-agent": "bench", "accept": "*/*"]
    )
    caller.call(head, at: address) { [self] result in
      guard case .success(let answer) = result, answer.head.status == .ok else {
        preconditionFailure("a request failed: \(result)")
      }
      counts.record(.nanoseconds((NIODeadline.now() - due).nanoseconds))
      pending -= 1
      guard sent == total, pending == 0 else { return }
      caller.close()
      done?(counts)
    }
  }
}

/// This program in another process.
private struct Role {
  let port: Int
  private let id: pid_t

  init(_ arguments: String...) throws {
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { preconditionFailure("no pipe") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var strings = (["RouterBenchmark"] + arguments).map { strdup($0) } + [nil]
    var id = pid_t()
    let code = posix_spawn(&id, "/proc/self/exe", &actions, nil, &strings, environ)
    precondition(code == 0, "cannot start: \(code)")
    close(ends[1])
    self.id = id
    var text = ""
    var byte: UInt8 = 0
    while read(ends[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") {
      text.append(Character(UnicodeScalar(byte)))
    }
    port = Int(text) ?? 0
  }

  /// Its CPU time to the nanosecond, as the scheduler counts it: over all threads.
  var cpuSeconds: Double {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(id, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// How long its threads were ready to run and did not, in all.
  var waitSeconds: Double {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
    return tasks.reduce(0) { sum, task in
      let path = "/proc/\(id)/task/\(task)/schedstat"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let fields = text.split(whereSeparator: \.isWhitespace)
      return sum + (fields.count > 1 ? (Double(fields[1]) ?? 0) * 1e-9 : 0)
    }
  }

  func end() {
    kill(id, SIGKILL)
    waitpid(id, nil, 0)
  }
}
