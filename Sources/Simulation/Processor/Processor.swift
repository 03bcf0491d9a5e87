/// The CPU of one replica: its computing threads, and its cgroup's quota under CFS bandwidth control.
///
/// Threads share evenly what the node gives. Every period of 100 ms grants a fixed CPU time; when the threads have
/// used it up, all of them stop until the next period begins. Periods follow a fixed grid, as the kernel's period
/// timer does, and unused quota is lost at the end of a period (`cpu.cfs_burst_us` is 0), but for the millisecond
/// that each CPU keeps of what it was handed (``keptQuota``). Between two moments at which a rate changes
/// everything is linear, so it is computed exactly and only when something happens.
///
/// Left out: the 5 ms slices in which the kernel hands quota to each CPU, and the tick within which it notices
/// that a thread has overrun; both shift when CPU time is used, not how much.
struct Processor {
  /// The kernel's and Kubernetes' default period, in nanoseconds.
  static let period: Int64 = 100_000_000

  /// Threads that may compute at once.
  let parallelism: Double
  /// Cores that each of them occupies.
  let threadCores: Double
  /// CPU time per period, in nanoseconds; infinite without a limit.
  private(set) var quota: Double
  /// What is kept of an unused quota for the next period, at most, in nanoseconds.
  ///
  /// The kernel hands quota to CPUs in slices; one whose threads sleep gives the rest back but for a millisecond
  /// (`min_cfs_rq_runtime`), which does not expire: Documentation/scheduler/sched-bwc.rst.
  var keptQuota = 0.0
  /// Negative while quota is left that was kept from the period before.
  private var usedQuota = 0.0
  private var periodEnd: Int64
  private(set) var isThrottled = false

  private var jobs = JobHeap()
  /// Nanoseconds of work that every job has been given since the processor was last idle.
  private var progress = 0.0
  /// Work that every job gets per nanosecond.
  private var workRate = 0.0
  /// Cores in use.
  private var coreRate = 0.0
  private var updatedAt = VirtualTime.zero

  private(set) var totals = ProcessorTotals()
  private var hasRunInPeriod = false

  /// An idle processor; `phase`, 0..<``period``, is where on the clock its first period ends.
  init(coreLimit: Double, parallelism: Double, threadCores: Double = 1, phase: Int64 = 0) {
    quota = coreLimit * Double(Self.period)
    self.parallelism = parallelism
    self.threadCores = threadCores
    periodEnd = phase > 0 ? phase : Self.period
  }

  var isIdle: Bool { jobs.isEmpty }
  var jobCount: Int { jobs.count }

  /// Cores that the threads would use if they got them.
  var demand: Double { isThrottled ? 0 : min(Double(jobs.count), parallelism) * threadCores }

  /// Adds a computation of this many nanoseconds on a core of speed 1; the processor must be up to date.
  mutating func add(work: Double, for span: Reference) {
    jobs.insert(JobHeap.Job(end: progress + work, span: span))
  }

  /// Takes out a computation that has ended.
  mutating func popFinished() -> Reference? {
    // The moment of an end is rounded up to a nanosecond; what is left of the work is rounding.
    guard let first = jobs.first, first.end <= progress + 1, let job = jobs.popFirst() else {
      return nil
    }
    if jobs.isEmpty { progress = 0 }
    return job.span
  }

  mutating func removeAllJobs() {
    jobs.removeAll()
    progress = 0
  }

  /// Lets time pass at the rates that held since the last call.
  mutating func advance(to now: VirtualTime) {
    guard now > updatedAt else { return }
    let elapsed = Double((now - updatedAt).nanoseconds)
    if coreRate > 0 {
      progress += workRate * elapsed
      totals.cpuTime += coreRate * elapsed
      usedQuota += coreRate * elapsed
      if !hasRunInPeriod { totals.periodCount += 1 }
      hasRunInPeriod = true
    }
    updatedAt = now
    if now.nanoseconds >= periodEnd { beginPeriod(at: now.nanoseconds) }
  }

  /// Refills the quota; what is used of it already is what the current rate took since the period began.
  private mutating func beginPeriod(at now: Int64) {
    let (passedPeriods, elapsed) = (now - periodEnd).quotientAndRemainder(dividingBy: Self.period)
    // What the latest whole period had used.
    let used =
      passedPeriods == 0
      ? usedQuota - coreRate * Double(elapsed) : coreRate * Double(Self.period)
    let kept = keptQuota > 0 ? min(max(0, quota - used), keptQuota) : 0
    usedQuota = coreRate * Double(elapsed) - kept
    periodEnd = now - elapsed + Self.period
    isThrottled = false
    hasRunInPeriod = coreRate > 0 && elapsed > 0
    if coreRate > 0 { totals.periodCount += Int(passedPeriods) + (hasRunInPeriod ? 1 : 0) }
  }

  /// Stops the threads if they have something to do and no quota to do it with.
  mutating func throttleIfExhausted() {
    guard !jobs.isEmpty, !isThrottled, usedQuota >= quota - 1 else { return }
    isThrottled = true
    totals.throttledPeriodCount += 1
  }

  /// When threads can run again if the quota is used up now, nil if it is not; at a moment up to which it has
  /// happened.
  func throttleEnd(at now: VirtualTime) -> VirtualTime? {
    guard now.nanoseconds < periodEnd else { return nil }
    let used = usedQuota + coreRate * Double((now - updatedAt).nanoseconds)
    return used >= quota - 1 ? VirtualTime(nanoseconds: periodEnd) : nil
  }

  /// Sets what the threads get until the next change; the processor must be up to date.
  mutating func run(on cores: Double, speed: Double) {
    coreRate = cores
    workRate = jobs.isEmpty ? 0 : cores * speed / (Double(jobs.count) * threadCores)
  }

  /// A live resize: as when `cpu.max` is written, the quota is refilled and stopped threads run again.
  mutating func resize(coreLimit: Double) {
    quota = coreLimit * Double(Self.period)
    usedQuota = 0
    isThrottled = false
  }

  /// When something will happen by itself: a computation ends, the quota runs out, or a period begins.
  var nextMoment: VirtualTime {
    guard let first = jobs.first else { return .never }
    if isThrottled { return VirtualTime(nanoseconds: periodEnd) }
    guard workRate > 0 else { return .never }
    let end = updatedAt + VirtualTime(roundingUp: max(0, (first.end - progress) / workRate))
    return min(end, exhaustion)
  }

  private var exhaustion: VirtualTime {
    guard coreRate * Double(Self.period) > quota else { return .never }
    let now = updatedAt.nanoseconds
    let left = VirtualTime(roundingUp: (quota - usedQuota) / coreRate).nanoseconds
    return VirtualTime(
      nanoseconds: left < periodEnd - now
        ? now + max(left, 0)
        : periodEnd + VirtualTime(roundingUp: quota / coreRate).nanoseconds
    )
  }
}
