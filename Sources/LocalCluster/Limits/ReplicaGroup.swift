import Applications
import Glibc

/// The control group of one replica: its limits and what it uses.
struct ReplicaGroup: Sendable {
  /// CFS's and Kubernetes' default, in microseconds.
  static let period = 100_000
  /// The kernel's least quota, in microseconds a period: ten millicores.
  static let leastQuota = 1_000

  let folders: [Controller: Folder]
  private let homes: [Controller: ControllerHome]

  init(folders: [Controller: Folder], homes: [Controller: ControllerHome]) {
    self.folders = folders
    self.homes = homes
  }

  /// The files into which a process writes 0 to join.
  var joinFiles: [String] { Set(folders.values.map { $0.file("cgroup.procs").path }).sorted() }

  /// Applies limits, live; what has no controller is left out.
  /// - Throws: what the kernel says, such as that more memory is in use than allowed.
  func apply(_ resources: Resources) throws(TextFile.Fault) {
    let quota = max(resources.limits.cpu.count * Self.period / 1000, Self.leastQuota)
    let shares = max(2, resources.requests.cpu.count * 1024 / 1000)
    if let cpu = folders[.cpu] {
      switch homes[.cpu]?.version {
      case .v1:
        try cpu.file("cpu.cfs_quota_us").write("\(quota)")
        try cpu.file("cpu.shares").write("\(shares)")
      case .v2:
        try cpu.file("cpu.max").write("\(quota) \(Self.period)")
        // Kubernetes' conversion of shares to weights.
        try cpu.file("cpu.weight").write("\(1 + (min(shares, 262_144) - 2) * 9999 / 262_142)")
      case nil: break
      }
    }
    if let memory = folders[.memory] {
      let name = homes[.memory]?.version == .v1 ? "memory.limit_in_bytes" : "memory.max"
      try memory.file(name).write("\(resources.limits.memory.bytes)")
    }
  }

  /// What the group has used; nil of what cannot be read.
  var usage: ResourceUsage {
    var usage = ResourceUsage()
    let isOld = homes[.cpu]?.version == .v1
    let throttling = folders[.cpu].map { Self.fields($0.file("cpu.stat")) } ?? [:]
    usage.periodCount = throttling["nr_periods"]
    usage.throttledPeriodCount = throttling["nr_throttled"]
    if homes[.cpuAccounting]?.version == .v1, let folder = folders[.cpuAccounting] {
      usage.cpuTime = Self.number(folder.file("cpuacct.usage")).map { .nanoseconds($0) }
    } else if !isOld {
      usage.cpuTime = throttling["usage_usec"].map { .microseconds($0) }
    }
    readMemory(into: &usage)
    return usage
  }

  /// Removes the group, ending whatever still runs in it.
  func remove() {
    for folder in folders.values { Self.empty(folder) }
  }

  /// Kills a group's processes and removes it. The kernel needs a moment to let go of a dead process.
  static func empty(_ folder: Folder) {
    for _ in 0..<200 where !folder.remove() {
      let processes = (try? folder.file("cgroup.procs").read()) ?? ""
      for id in processes.split(separator: "\n").compactMap({ pid_t($0) }) { kill(id, SIGKILL) }
      usleep(5_000)
    }
  }

  private func readMemory(into usage: inout ResourceUsage) {
    guard let folder = folders[.memory] else { return }
    let isOld = homes[.memory]?.version == .v1
    let use = folder.file(isOld ? "memory.usage_in_bytes" : "memory.current")
    usage.memory = Self.number(use).map { ByteCount($0) }
    let events = Self.fields(folder.file(isOld ? "memory.oom_control" : "memory.events"))
    usage.outOfMemoryKillCount = events["oom_kill"]
  }

  private static func number(_ file: TextFile) -> Int? {
    (try? file.read()).flatMap { Int($0.split(separator: "\n").first ?? "") }
  }

  /// Lines of a name and a number.
  private static func fields(_ file: TextFile) -> [Substring: Int] {
    let lines = ((try? file.read()) ?? "").split(separator: "\n")
    let pairs = lines.compactMap { line -> (Substring, Int)? in
      let words = line.split(separator: " ")
      return words.count == 2 ? Int(words[1]).map { (words[0], $0) } : nil
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }
}

/// What a replica has used since it started; nil of what is not measured here.
struct ResourceUsage: Hashable, Sendable {
  var cpuTime: Duration?
  var periodCount: Int?
  var throttledPeriodCount: Int?
  var memory: ByteCount?
  var outOfMemoryKillCount: Int?
}
