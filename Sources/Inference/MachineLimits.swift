import Glibc

/// What this machine, or the container on it, allows the process: read once at start.
package struct MachineLimits: Sendable, Hashable {
  /// Bytes the process may still take without pushing anything but file cache out.
  package var availableMemory: Int
  /// What sets that bound.
  package var memorySource: String
  /// Cores the process may be scheduled on.
  package var coreCount: Int
  /// Cores' worth of time per second that the control group grants; nil for no limit.
  package var coreQuota: Double?

  package init(
    availableMemory: Int,
    memorySource: String,
    coreCount: Int,
    coreQuota: Double? = nil
  ) {
    self.availableMemory = availableMemory
    self.memorySource = memorySource
    self.coreCount = coreCount
    self.coreQuota = coreQuota
  }

  /// The limits of the calling process.
  package static func current() -> MachineLimits {
    MachineLimits(reading: readFile)
  }

  /// The limits that `/proc` and `/sys/fs/cgroup` tell; `read` gives a file's text, nil where there is none.
  init(reading read: (String) -> String?) {
    let kibibytes = read("/proc/meminfo").flatMap { Self.field("MemAvailable:", of: $0) }
    self.init(
      availableMemory: (kibibytes ?? 0) * 1024,
      memorySource: "MemAvailable",
      coreCount: read("/proc/self/status").flatMap(Self.allowedCoreCount) ?? 1
    )
    if let left = Self.addressSpaceLeft(read), left < availableMemory {
      (availableMemory, memorySource) = (left, "ulimit -v")
    }
    for folder in Self.controlGroups(read("/proc/self/cgroup") ?? "") {
      if let left = Self.memoryLeft(in: folder, read), left < availableMemory {
        (availableMemory, memorySource) = (left, "control group \(folder)")
      }
      if let quota = Self.quota(in: folder, read) {
        coreQuota = min(coreQuota ?? quota, quota)
      }
    }
  }

  /// The folders whose limits bind the process: its own groups' and their parents', versions 2 and 1.
  private static func controlGroups(_ membership: String) -> [String] {
    var folders: [String] = []
    for line in membership.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isVersion2 = fields[1].isEmpty
      let mount = isVersion2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(fields[1])"
      guard isVersion2 || fields[1] == "memory" || fields[1].split(separator: ",").contains("cpu")
      else { continue }
      var parts = fields[2].split(separator: "/")
      folders.append(([mount] + parts.map(String.init)).joined(separator: "/"))
      while parts.popLast() != nil {
        folders.append(([mount] + parts.map(String.init)).joined(separator: "/"))
      }
    }
    return folders
  }

  /// The group's limit less what it uses, file cache that can be given up not counted.
  private static func memoryLeft(in folder: String, _ read: (String) -> String?) -> Int? {
    let names = [
      ("memory.max", "memory.current", "inactive_file"),
      ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ]
    for (limitName, usageName, cacheName) in names {
      guard let limit = read("\(folder)/\(limitName)").flatMap(number) else { continue }
      let usage = read("\(folder)/\(usageName)").flatMap(number) ?? 0
      let cache = read("\(folder)/memory.stat").flatMap { field(cacheName, of: $0) } ?? 0
      return max(limit - max(usage - cache, 0), 0)
    }
    return nil
  }

  /// What the process may still map under its own limit on address space; nil without one.
  private static func addressSpaceLeft(_ read: (String) -> String?) -> Int? {
    let name = "Max address space"
    guard
      let line = read("/proc/self/limits")?.split(separator: "\n").first(where: {
        $0.hasPrefix(name)
      }),
      let limit = number(String(line.dropFirst(name.count)))
    else { return nil }
    let mapped = read("/proc/self/status").flatMap { field("VmSize:", of: $0) } ?? 0
    return max(limit - mapped * 1024, 0)
  }

  private static func quota(in folder: String, _ read: (String) -> String?) -> Double? {
    var numbers: [Int?]
    if let text = read("\(folder)/cpu.max") {
      numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    } else {
      numbers = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map {
        read("\(folder)/\($0)").flatMap(number)
      }
    }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0
    else { return nil }
    return Double(quota) / Double(period)
  }

  private static func number(_ text: String) -> Int? {
    text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
  }

  /// The number behind a name at the start of a line.
  private static func field(_ name: String, of text: String) -> Int? {
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count >= 2, words[0] == name { return Int(words[1]) }
    }
    return nil
  }

  /// Bits of the affinity mask, written in hexadecimal groups.
  private static func allowedCoreCount(_ status: String) -> Int? {
    let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") }
    let count = line?.dropFirst("Cpus_allowed:".count)
      .reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    return count.flatMap { $0 > 0 ? $0 : nil }
  }

  /// Kernel files have no size to ask for, so this reads until the end.
  private static func readFile(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(file, &chunk, chunk.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
