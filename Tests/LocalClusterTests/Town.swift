import Applications
import Control
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import OrderedCollections

@testable import LocalCluster
@testable import Routing

/// A small application on this machine: `front` calls `back`, which has two replicas.
struct Town: Sendable {
  let cluster: LocalCluster
  let events: AsyncStream<LocalEvent>
  private let eventLoop: any EventLoop
  private let caller: NIOLoopBound<HTTPCaller>

  static let application = Application(
    metadata: Application.Metadata(name: "town"),
    spec: Application.Spec(
      entryPoints: [
        Application.EntryPoint(
          name: "front",
          service: "front",
          operation: "show",
          slo: SLO(bound: .milliseconds(100))
        )
      ],
      services: [
        service(
          "front",
          count: 1,
          calls: [
            .call(Application.Call(service: "back", operation: "fetch", retries: 2)),
            .parallel(
              [.call(Application.Call(service: "back", operation: "fetch", count: 2, retries: 2))],
              probability: 0.5
            ),
          ],
          operation: "show"
        ),
        service("back", count: 2, calls: [], operation: "fetch"),
      ]
    )
  )

  private static func service(
    _ name: ServiceName,
    count: Int,
    calls: [Application.CallStage],
    operation: OperationName
  ) -> Application.Service {
    Application.Service(
      name: name,
      resources: Resources(ResourceAmount(cpu: Millicores(500), memory: .mebibytes(256))),
      replicas: ReplicaBounds(initial: count, minimum: 1, maximum: 4),
      startupTime: .milliseconds(50),
      drainTime: .seconds(5),
      operations: [
        Application.Operation(
          name: operation,
          work: Application.Work(cpu: .milliseconds(1), payload: ByteCount(100)),
          calls: calls
        )
      ]
    )
  }

  /// Runs `body` in a town of its own, which is taken down afterwards.
  static func with(
    _ application: Application = application,
    _ body: (Town) async throws -> Void
  ) async throws {
    let folder = "/tmp/plimsoll-town-\(getpid())-\(UInt32.random(in: 0...(.max)))"
    let (events, continuation) = AsyncStream.makeStream(of: LocalEvent.self)
    var options = LocalClusterOptions(
      stateFolder: folder,
      executable: try replicaProgram(),
      environment: ["PATH": "/usr/bin:/bin"]
    )
    options.report = { continuation.yield($0) }
    options.backoff.first = .milliseconds(50)
    let cluster = try await LocalCluster.start(application, options)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let caller = try await loop.submit {
      NIOLoopBound(HTTPCaller(eventLoop: loop), eventLoop: loop)
    }
    .get()
    let town = Town(cluster: cluster, events: events, eventLoop: loop, caller: caller)
    let result = await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await cluster.run() }
      defer { tasks.cancelAll() }
      do {
        try await body(town)
        return Result<Void, any Error>.success(())
      } catch {
        return .failure(error)
      }
    }
    await cluster.stop(within: .seconds(20))
    try await loop.submit { caller.value.close() }.get()
    try await group.shutdownGracefully()
    try result.get()
  }

  /// The program beside the one that runs the tests.
  private static func replicaProgram() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(
      decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) },
      as: UTF8.self
    )
    // The tests may be run by the toolchain's own program; then the arguments name the bundle.
    let candidates = [own] + CommandLine.arguments
    let folders = candidates.compactMap { path in
      path.lastIndex(of: "/").map { String(path[..<$0]) }
    }
    for folder in folders where access(folder + "/SyntheticReplica", X_OK) == 0 {
      return folder + "/SyntheticReplica"
    }
    throw LocalClusterError.cannotStart(program: "SyntheticReplica", code: ENOENT)
  }

  func get(_ path: String) async throws -> HTTPCaller.Answer {
    let head = HTTPRequestHead(
      version: .http1_1,
      method: .GET,
      uri: path,
      headers: ["host": "localhost"]
    )
    let address = EndpointAddress(port: cluster.gateway.port)
    return try await withCheckedThrowingContinuation { continuation in
      eventLoop.execute {
        caller.value.call(head, at: address) { continuation.resume(with: $0) }
      }
    }
  }

  /// Requests at the entry point, eight at a time; how many got which status.
  func load(count: Int) async throws -> [UInt: Int] {
    try await withThrowingTaskGroup(of: [UInt].self) { tasks in
      for _ in 0..<8 {
        tasks.addTask {
          var statuses: [UInt] = []
          for _ in 0..<(count / 8) { statuses.append(try await get("/front").head.status.code) }
          return statuses
        }
      }
      tasks.addTask {
        var statuses: [UInt] = []
        for _ in 0..<(count % 8) { statuses.append(try await get("/front").head.status.code) }
        return statuses
      }
      return try await tasks.reduce(into: [:]) { total, some in
        for status in some { total[status, default: 0] += 1 }
      }
    }
  }

  func untilReady() async throws {
    await until {
      await cluster.services.values.allSatisfy { $0.set.readyCount == $0.set.desiredCount }
    }
  }

  /// Returns once `condition` holds; the cluster itself decides how fast things go.
  func until(_ condition: () async -> Bool) async {
    while await !condition() { await Task.yield() }
  }
}
