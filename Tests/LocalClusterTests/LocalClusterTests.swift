import Applications
import Control
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import OrderedCollections
import Testing
import WorldConformance

@testable import LocalCluster
@testable import Routing

/// Real processes on this machine.
@Suite(.serialized) struct LocalClusterTests {
  @Test func `an application answers through its whole call graph`() async throws {
    try await Town.with { town in
      try await town.untilReady()
      let answer = try await town.get("/front")
      #expect(answer.head.status == .ok)
      #expect(answer.body.readableBytes == 100)
      let observation = await town.cluster.observe(at: town.cluster.now)
      #expect(observation.services["front"]?.readyReplicaCount == 1)
      #expect(observation.services["back"]?.readyReplicaCount == 2)
      #expect((observation.services["back"]?.signals[.requestRate]?.value ?? 0) > 0)
      #expect(observation.entryPoints["front"]?[.latencyAtSLO] != nil)
      #expect((observation.services["back"]?.signals[.cpuUsage]?.value ?? 0) > 0)
    }
  }

  @Test func `its signals are those that every world owes`() async throws {
    try await Town.with { town in
      try await town.untilReady()
      var observations = [await town.cluster.observe(at: town.cluster.now)]
      for _ in 0..<2 {
        _ = try await town.load(count: 80)
        observations.append(await town.cluster.observe(at: town.cluster.now))
      }
      let limitations = town.cluster.limitations
      if !limitations.isEmpty { print("not checked: \(limitations.joined(separator: "; "))") }
      let catalogue = SignalCatalogue(
        of: Array(observations.dropFirst()),
        in: town.cluster.application,
        since: observations[0].time
      )
      #expect(
        catalogue.differences(
          from: .owed,
          unmeasured: limitations.isEmpty ? [] : [.cpuThrottled, .memoryUsage, .memoryPeak]
        ) == []
      )
    }
  }

  @Test func `a killed replica is replaced, and no request is lost meanwhile`() async throws {
    try await Town.with { town in
      try await town.untilReady()
      let victim = try #require(await town.cluster.services["back"]?.processes.values.first)
      async let statuses = town.load(count: 120)
      kill(victim.identity.id, SIGKILL)
      #expect(try await statuses == [200: 120])
      await town.until {
        let back = await town.cluster.services["back"]
        return back?.set.readyCount == 2
          && back?.set.replicas.contains { $0.restartCount == 1 } == true
      }
      for service in await town.cluster.services.values {
        await service.proxy.snapshot().ledger.checkInvariants()
      }
    }
  }

  @Test func `one action scales out and resizes at once`() async throws {
    try await Town.with { town in
      try await town.untilReady()
      let larger = Resources(ResourceAmount(cpu: Millicores(800), memory: .mebibytes(200)))
      let action = Action("back", replicaCount: 3, resources: larger, because: Reason("a test"))
      let results = await town.cluster.apply([action], at: town.cluster.now)
      await town.until { await town.cluster.services["back"]?.set.readyCount == 3 }
      guard town.cluster.groups.limitsCPU else {
        return print("not checked: \(town.cluster.limitations.joined(separator: "; "))")
      }
      #expect(results == [.done])
      for process in await town.cluster.services["back"]?.processes.values.map(\.self) ?? [] {
        let folder = process.group?.folders[.cpu]
        let quota =
          (try? folder?.file("cpu.cfs_quota_us").read()) ?? (try? folder?.file("cpu.max").read())
        #expect(quota?.hasPrefix("80000") == true)
        let members = (try? folder?.file("cgroup.procs").read()) ?? ""
        #expect(members.split(separator: "\n").contains("\(process.identity.id)"))
      }
    }
  }

  @Test func `scaling in drains first and leaves nothing behind`() async throws {
    try await Town.with { town in
      try await town.untilReady()
      async let statuses = town.load(count: 60)
      let action = Action("back", replicaCount: 1, because: Reason("a test"))
      #expect(await town.cluster.apply([action], at: town.cluster.now) == [.done])
      #expect(try await statuses == [200: 60])
      await town.until { await town.cluster.services["back"]?.set.replicas.count == 1 }
      let left = await town.cluster.services["back"]
      #expect(left?.processes.count == 1)
      #expect(await left?.proxy.endpoints().count == 1)
    }
  }

  @Test func `an unknown service is not acted upon`() async throws {
    try await Town.with { town in
      let action = Action("nowhere", replicaCount: 3, because: Reason("a test"))
      let results = await town.cluster.apply([action], at: .zero)
      #expect(results == [.infeasible("the application has no service nowhere")])
    }
  }

  @Test func `after the end no process and no control group is left`() async throws {
    var processes: [ProcessIdentity] = []
    var groups: ControlGroups?
    try await Town.with { town in
      try await town.untilReady()
      for service in await town.cluster.services.values {
        processes += service.processes.values.map(\.identity)
      }
      groups = town.cluster.groups
      #expect(!processes.contains { !$0.isRunning })
    }
    #expect(processes.count == 3)
    #expect(!processes.contains { $0.isRunning })
    #expect(groups?.areLeft == false)
  }

  @Test func `a state folder has one owner at a time`() async throws {
    try await Town.with { town in
      await #expect(throws: LocalClusterError.alreadyRunning(application: "town", id: getpid())) {
        _ = try await LocalCluster.start(town.cluster.application, town.cluster.options)
      }
    }
  }

  @Test func `a program that cannot be started is reported and tried again`() async throws {
    var application = Town.application
    application.spec.services[1].workload = .command(
      Application.Command(arguments: ["/does/not/exist"])
    )
    try await Town.with(application) { town in
      let reported = await town.events.contains { event in
        guard case .notStarted("back-0", let reason) = event else { return false }
        return reason == "/does/not/exist cannot be started: no such file or directory"
      }
      #expect(reported)
      await town.until {
        if case .crashed? = await town.cluster.services["back"]?.set.replicas.first?.phase {
          true
        } else {
          false
        }
      }
    }
  }

  @Test func `what a run that was killed left behind is removed by the next`() async throws {
    // A process that carries the mark of a run, as if its parent had been killed.
    let launcher = ProcessLauncher()
    launcher.start()
    let run = "left-\(getpid())"
    let orphan = try await launcher.launch(
      ProcessLauncher.Command(
        arguments: ["/bin/sleep", "1000"],
        environment: [RunRecord.mark: run],
        log: "/dev/null"
      )
    )
    let owner = try #require(ProcessIdentity.current)
    let groups = ControlGroups.claim(run: run)
    if groups.limitsAnything { _ = try groups.makeGroup("left-0") }
    // The kernel shows the mark a moment after the program has begun.
    while RunRecord.processes(of: run).isEmpty { await Task.yield() }
    #expect(RunRecord(run: run, owner: owner).removeLeftovers() == 1)
    #expect(!groups.areLeft)
    while ProcessLauncher.reap(orphan.id) == nil { await Task.yield() }
    #expect(!orphan.isRunning)
    try await launcher.stop()
  }

  @Test func `groups are removed where the record says they lie`() throws {
    let base = Folder(FileManager.default.temporaryDirectory.path + "/groups-\(UUID().uuidString)")
    let left = base.folder("plimsoll-left-elsewhere")
    try left.folder("left-0").makeAll()
    var record = RunRecord(
      run: "left-elsewhere-\(getpid())",
      owner: try #require(ProcessIdentity.current)
    )
    record.groupFolders = [left.path]
    let file = base.file("run.json")
    try record.save(to: file)
    #expect(try #require(RunRecord(file)).removeLeftovers() == 0)
    #expect(base.folders.isEmpty)
    file.remove()
    base.remove()
  }

  @Test func `a replica ends when the thread that started it does`() async throws {
    let launcher = ProcessLauncher()
    launcher.start()
    let child = try await launcher.launch(
      ProcessLauncher.Command(
        arguments: ["/bin/sleep", "1000"],
        environment: [:],
        log: "/dev/null"
      )
    )
    #expect(child.isRunning)
    try await launcher.stop()
    while child.isRunning { await Task.yield() }
    #expect(ProcessLauncher.reap(child.id) == .killed(SIGKILL))
  }
}
