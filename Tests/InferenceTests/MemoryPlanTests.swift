import Testing

@testable import Inference

@Suite struct MemoryPlanTests {
  private let gibibyte = 1 << 30

  private func limits(_ available: Int) -> MachineLimits {
    MachineLimits(availableMemory: available, memorySource: "MemAvailable", coreCount: 4)
  }

  /// A gibibyte of weights, and 256 KiB a block.
  private func demand(length: Int = 4096, running: Int = 256, cache: Int? = nil)
    -> MemoryPlan.Demand
  {
    MemoryPlan.Demand(
      weights: gibibyte,
      workspace: gibibyte / 4,
      perBlock: 256 << 10,
      blockLength: 16,
      maximumModelLength: length,
      maximumRunning: running,
      requestedCache: cache
    )
  }

  @Test func `the cache takes half of what weights, activations and reserve leave`() throws {
    let plan = try MemoryPlan(demand(), limits(10 * gibibyte))
    let left = 10 * gibibyte - gibibyte / 2 - gibibyte - gibibyte / 4
    #expect(plan.cache == left / 2)
    #expect(
      plan.description == """
        memory: weights 1.0 GiB, activations 256.0 MiB, KV cache 4.1 GiB for 270336 tokens; \
        10.0 GiB available (MemAvailable)
        """
    )
  }

  @Test func `no more cache than every seat at full length can use`() throws {
    let plan = try MemoryPlan(demand(length: 160, running: 4), limits(100 * gibibyte))
    #expect(plan.blockCount == 40)
  }

  @Test func `the operator's wish is followed where it fits`() throws {
    #expect(try MemoryPlan(demand(cache: gibibyte), limits(4 * gibibyte)).blockCount == 4096)
  }

  @Test func `what cannot fit is refused with the numbers`() {
    let refusal = #expect(throws: MemoryPlan.Refusal.self) {
      try MemoryPlan(demand(), limits(gibibyte))
    }
    #expect(
      refusal?.description == """
        the model does not fit: weights 1.0 GiB, activations 256.0 MiB, KV cache at least 64.0 MiB and \
        a reserve of 64.0 MiB exceed the 1.0 GiB available (MemAvailable); choose smaller weights or \
        a smaller maximum model length
        """
    )
  }

  @Test func `a cache too small for one sequence is refused`() {
    let refusal = #expect(throws: MemoryPlan.Refusal.self) {
      try MemoryPlan(demand(cache: 1 << 20), limits(10 * gibibyte))
    }
    #expect(
      refusal
        == .cacheTooSmall(requested: 1 << 20, needed: 256 * (256 << 10), maximumModelLength: 4096)
    )
  }

  @Test(arguments: [
    (requested: nil, quota: nil, threads: 4), (requested: nil, quota: 2.5, threads: 2),
    (requested: nil, quota: 0.5, threads: 1), (requested: nil, quota: 64, threads: 4),
    (requested: 7, quota: 2, threads: 7),
  ])
  func `threads follow cores and quota unless asked otherwise`(
    requested: Int?,
    quota: Double?,
    threads: Int
  ) {
    var limits = limits(gibibyte)
    limits.coreQuota = quota
    #expect(ThreadPlan(requested: requested, limits).threadCount == threads)
  }
}
