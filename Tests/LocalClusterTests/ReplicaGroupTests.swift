import Applications
import Glibc
import Testing

@testable import LocalCluster

/// What is written and read, on folders that look like the kernel's.
@Suite struct ReplicaGroupTests {
  private let root: Folder

  init() throws {
    let path = "/tmp/plimsoll-groups-\(getpid())-\(UInt32.random(in: 0...(.max)))"
    root = Folder(path)
    try root.makeAll()
  }

  private func group(_ version: ControllerHome.Version) -> ReplicaGroup {
    let home = ControllerHome(version: version, folder: root)
    return ReplicaGroup(
      folders: [.cpu: root, .cpuAccounting: root, .memory: root],
      homes: [.cpu: home, .cpuAccounting: home, .memory: home]
    )
  }

  private func text(_ name: String) -> String? { try? root.file(name).read() }

  private let resources = Resources(
    requests: ResourceAmount(cpu: Millicores(250), memory: .mebibytes(64)),
    limits: ResourceAmount(cpu: Millicores(1500), memory: .mebibytes(128))
  )

  @Test func `limits in the words of version 1`() throws {
    try group(.v1).apply(resources)
    #expect(text("cpu.cfs_quota_us") == "150000")
    #expect(text("cpu.shares") == "256")
    #expect(text("memory.limit_in_bytes") == "134217728")
  }

  @Test func `limits in the words of version 2`() throws {
    try group(.v2).apply(resources)
    #expect(text("cpu.max") == "150000 100000")
    #expect(text("cpu.weight") == "10")
    #expect(text("memory.max") == "134217728")
  }

  @Test func `no quota is below the kernel's least`() throws {
    try group(.v1).apply(Resources(ResourceAmount(cpu: Millicores(1))))
    #expect(text("cpu.cfs_quota_us") == "1000")
    #expect(text("cpu.shares") == "2")
  }

  @Test func `use is read in either version's units`() throws {
    try root.file("cpu.stat").write(
      "nr_periods 10\nnr_throttled 4\nthrottled_time 5\nusage_usec 7\n"
    )
    try root.file("cpuacct.usage").write("3000\n")
    try root.file("memory.usage_in_bytes").write("4096\n")
    try root.file("memory.current").write("8192\n")
    try root.file("memory.oom_control").write("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    try root.file("memory.events").write("low 0\noom 1\noom_kill 3\n")
    let old = group(.v1).usage
    #expect(old.cpuTime == .microseconds(3))
    #expect(old.throttledPeriodCount == 4)
    #expect(old.memory == ByteCount(4096))
    #expect(old.outOfMemoryKillCount == 2)
    let new = group(.v2).usage
    #expect(new.cpuTime == .microseconds(7))
    #expect(new.periodCount == 10)
    #expect(new.memory == ByteCount(8192))
    #expect(new.outOfMemoryKillCount == 3)
  }
}

/// Making a run's groups, on folders that look like the kernel's.
@Suite struct ControlGroupsTests {
  private let root: Folder

  init() throws {
    root = Folder("/tmp/plimsoll-claims-\(getpid())-\(UInt32.random(in: 0...(.max)))")
    try root.makeAll()
  }

  private func map(_ mount: String, _ membership: String, _ controllers: String) -> ControllerMap {
    ControllerMap(
      mountInfo: "1 1 0:1 / \(root.path) rw - \(mount)\n",
      membership: membership,
      unifiedControllers: { _ in controllers }
    )
  }

  @Test func `version 2 hands down the controllers that are there, and names what is missing`()
    throws
  {
    let groups = ControlGroups(map("cgroup2 cgroup2 rw", "0::/\n", "cpu pids\n"), run: "shop-1")
    #expect(try root.file("cgroup.subtree_control").read() == "+cpu")
    #expect(groups.limitsCPU)
    #expect(groups.limitations == ["memory limits are not enforced: no such controller is mounted"])
    let group = try groups.makeGroup("cart-0")
    #expect(group.joinFiles == ["\(root.path)/plimsoll-shop-1/cart-0/cgroup.procs"])
    #expect(groups.areLeft)
    groups.removeAll()
    #expect(!groups.areLeft)
  }

  @Test func `a controller that may not be used is named with the system's reason`() {
    let groups = ControlGroups(
      map("cgroup cgroup rw,cpu", "1:cpu:/not/there\n", ""),
      run: "shop-1"
    )
    #expect(!groups.limitsCPU)
    #expect(groups.limitations.first?.hasPrefix("CPU limits are not enforced: ") == true)
    #expect(groups.limitations.first?.hasSuffix("no such file or directory") == true)
    #expect(!groups.limitsAnything)
  }
}
