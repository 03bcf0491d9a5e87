import Testing

@testable import LocalCluster

@Suite struct ControllerMapTests {
  private let hybrid = """
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
    24 1 0:22 / /proc rw,relatime - proc proc rw
    """

  @Test func `version 1 has a mount for each controller, and the group of this process below it`() {
    let map = ControllerMap(
      mountInfo: hybrid,
      membership: "5:memory:/user/7\n1:cpu,cpuacct:/\n0::/elsewhere\n",
      unifiedControllers: { _ in "hugetlb\n" }
    )
    let cpu = ControllerHome(version: .v1, folder: Folder("/sys/fs/cgroup/cpu,cpuacct"))
    let memory = ControllerHome(version: .v1, folder: Folder("/sys/fs/cgroup/memory/user/7"))
    #expect(map.homes == [.cpu: cpu, .cpuAccounting: cpu, .memory: memory])
  }

  @Test func `version 2 has one mount, whose group lists what it has`() {
    var asked: [String] = []
    let map = ControllerMap(
      mountInfo: "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
      membership: "0::/user.slice/run-1.scope\n",
      unifiedControllers: {
        asked.append($0.path)
        return "cpuset cpu io memory pids\n"
      }
    )
    let home = ControllerHome(
      version: .v2,
      folder: Folder("/sys/fs/cgroup/user.slice/run-1.scope")
    )
    #expect(asked == ["/sys/fs/cgroup/user.slice/run-1.scope"])
    #expect(map.homes == [.cpu: home, .cpuAccounting: home, .memory: home])
  }

  @Test func `in a container a group's path may begin above what is mounted`() {
    let map = ControllerMap(
      mountInfo: "32 31 0:29 /docker/ab /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
      membership: "1:cpu:/docker/ab\n",
      unifiedControllers: { _ in nil }
    )
    #expect(map.homes[.cpu]?.folder == Folder("/sys/fs/cgroup/cpu"))
    #expect(map.homes[.memory] == nil)
  }

  @Test func `nothing is mounted, nothing is found`() {
    let map = ControllerMap(mountInfo: "", membership: "", unifiedControllers: { _ in nil })
    #expect(map.homes.isEmpty)
    #expect(ControlGroups(map, run: "x").limitations.count == 3)
  }
}

@Suite struct ProcessStatTests {
  @Test func `a name with spaces and parentheses confuses nobody`() {
    let rest = "S 1 2 2 0 -1 4194560 1 0 0 0 17 4 0 0 20 0 1 0 987654 1000 200"
    let stat = ProcessStat("42 (a) (b c) \(rest)")
    #expect(stat?.state == "S")
    #expect(stat?.cpuTicks == 21)
    #expect(stat?.startTime == 987654)
    #expect(ProcessStat("42 (broken") == nil)
    #expect(ProcessStat("42 (short) S 1") == nil)
  }

  @Test func `this process is running, and a number of the same value with another start is not`()
    throws
  {
    let current = try #require(ProcessIdentity.current)
    #expect(current.isRunning)
    let json = #"{"id":\#(current.id),"startTime":1}"#
    let record = TextFile("/tmp/plimsoll-test-\(current.id).json")
    defer { record.remove() }
    try record.write(#"{"run":"none","owner":\#(json),"replicas":[\#(json)]}"#)
    let impostor = try #require(RunRecord(record))
    #expect(!impostor.owner.isRunning)
    // Had it been taken for the replica, this process would be gone.
    #expect(impostor.removeLeftovers() == 0)
  }
}
