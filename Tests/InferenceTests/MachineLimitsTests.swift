import Testing

@testable import Inference

@Suite struct MachineLimitsTests {
  private func limits(_ files: [String: String]) -> MachineLimits {
    MachineLimits { files[$0] }
  }

  private let memory = "MemTotal: 4000 kB\nMemAvailable:    2000 kB\n"

  @Test func `without control groups the kernel's estimate counts`() {
    let limits = limits(["/proc/meminfo": memory])
    #expect(limits.availableMemory == 2000 * 1024)
    #expect(limits.coreQuota == nil)
  }

  @Test func `cores are those of the affinity mask, however wide it is`() {
    let status = "Name:\tx\nCpus_allowed:\t00000003,0000ff01\nCpus_allowed_list:\t0,8-15,32-33\n"
    #expect(limits(["/proc/self/status": status]).coreCount == 11)
    #expect(limits([:]).coreCount == 1)
  }

  @Test func `version 2: the tightest group on the way to the root binds`() {
    let limits = limits([
      "/proc/meminfo": memory,
      "/proc/self/cgroup": "0::/pod/box\n",
      "/sys/fs/cgroup/pod/box/memory.max": "max\n",
      "/sys/fs/cgroup/pod/memory.max": "1000000\n",
      "/sys/fs/cgroup/pod/memory.current": "300000\n",
      "/sys/fs/cgroup/pod/memory.stat": "anon 5\ninactive_file 100000\n",
      "/sys/fs/cgroup/pod/box/cpu.max": "max 100000\n",
      "/sys/fs/cgroup/pod/cpu.max": "250000 100000\n",
    ])
    #expect(limits.availableMemory == 800_000)
    #expect(limits.memorySource == "control group /sys/fs/cgroup/pod")
    #expect(limits.coreQuota == 2.5)
  }

  @Test func `version 1: memory and processor have trees of their own`() {
    let limits = limits([
      "/proc/meminfo": memory,
      "/proc/self/cgroup": "4:memory:/box\n3:cpu,cpuacct:/box\n1:name=systemd:/x\n",
      "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": "900000\n",
      "/sys/fs/cgroup/memory/box/memory.usage_in_bytes": "100000\n",
      "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
    ])
    #expect(limits.availableMemory == 800_000)
    #expect(limits.coreQuota == 1.5)
  }

  @Test func `a limit above the machine's memory does not bind`() {
    let limits = limits([
      "/proc/meminfo": memory,
      "/proc/self/cgroup": "4:memory:/\n3:cpu:/\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ])
    #expect(limits.availableMemory == 2000 * 1024)
    #expect(limits.coreQuota == nil)
  }

  @Test func `a limit on address space counts what is mapped already`() {
    func limits(_ soft: String) -> MachineLimits {
      self.limits([
        "/proc/meminfo": memory,
        "/proc/self/limits": "Limit   Soft Limit  Hard Limit  Units\n"
          + "Max address space         \(soft)            unlimited            bytes\n",
        "/proc/self/status": "VmPeak:\t900 kB\nVmSize:\t     700 kB\n",
      ])
    }
    #expect(limits("1000000").availableMemory == 1_000_000 - 700 * 1024)
    #expect(limits("1000000").memorySource == "ulimit -v")
    #expect(limits("1000").availableMemory == 0)
    #expect(limits("unlimited").memorySource == "MemAvailable")
  }

  @Test func `this machine has memory and cores`() {
    let limits = MachineLimits.current()
    #expect(limits.availableMemory > 0)
    #expect(limits.coreCount > 0)
  }
}
