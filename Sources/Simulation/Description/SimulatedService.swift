/// One service: the size of its replicas and how they serve.
///
/// A replica works on up to `concurrency` requests at once, each on a thread of its own that holds its place
/// until the answer is sent, while it waits for others too; further requests wait in the order of their arrival.
/// Threads that compute share the CPU evenly (processor sharing) under the quota of the replica's cgroup, as
/// thread-per-request servers do under Linux's fair scheduler. With a concurrency of one it is a plain queue.
package struct SimulatedService: Sendable {
  package var name: String
  package var size: ReplicaSize
  package var replicaCount: Int
  package var concurrency: Int
  /// Requests that may wait at one replica; more are refused.
  package var queueLength: Int
  /// Threads of one replica that may compute at the same time; at most the cores of its node.
  package var parallelism: Int
  /// Cores that one computing thread occupies.
  package var threadCores: Double
  package var startupTime: Spread
  /// How long a replica that is taken away may finish what it has begun.
  package var drainTime: Duration
  package var balancing: Balancing
  package var abandonment: Abandonment
  package var memory: Memory

  package init(
    name: String,
    size: ReplicaSize = ReplicaSize(),
    replicaCount: Int = 1,
    concurrency: Int = 32,
    queueLength: Int = 1024,
    parallelism: Int = .max,
    threadCores: Double = 1,
    startupTime: Spread = .constant(.seconds(5)),
    drainTime: Duration = .seconds(10),
    balancing: Balancing = .leastLoaded,
    abandonment: Abandonment = .continues,
    memory: Memory = Memory()
  ) {
    precondition(concurrency > 0 && queueLength >= 0 && parallelism > 0 && replicaCount >= 0)
    self.name = name
    self.size = size
    self.replicaCount = replicaCount
    self.concurrency = concurrency
    self.queueLength = queueLength
    self.parallelism = parallelism
    self.threadCores = threadCores
    self.startupTime = startupTime
    self.drainTime = drainTime
    self.balancing = balancing
    self.abandonment = abandonment
    self.memory = memory
  }

  /// How a caller chooses among ready replicas.
  package enum Balancing: Sendable {
    case roundRobin
    /// Fewest requests that are sent and not answered; ties go round.
    case leastLoaded
    case random
  }

  /// What becomes of a request whose caller has given up.
  package enum Abandonment: Sendable {
    /// The server does not notice and works on, from the queue too: HTTP servers that look at the connection
    /// only when they answer. It is what makes retries amplify overload.
    case continues
    /// It is dropped from the queue, and makes no further calls; the computation under way ends first. Servers
    /// that check a propagated deadline or cancellation between steps, as gRPC's do.
    case cancelled
  }

  /// Memory in use: at rest, and for each request that a replica holds, waiting ones too.
  package struct Memory: Sendable {
    package var atRest: Int64
    package var perRequest: Int64

    package init(atRest: Int64 = 32 << 20, perRequest: Int64 = 64 << 10) {
      self.atRest = atRest
      self.perRequest = perRequest
    }
  }
}

/// CPU and memory of one replica.
package struct ReplicaSize: Hashable, Sendable {
  /// Cores reserved: it is placed by these, and they weigh when a node is full.
  package var cpuRequest: Double
  /// Cores' worth of CPU time that the quota gives per period; infinite is no quota.
  package var cpuLimit: Double
  package var memoryRequest: Int64
  /// A replica that needs more is killed.
  package var memoryLimit: Int64

  package init(
    cpuRequest: Double = 0.1,
    cpuLimit: Double = .infinity,
    memoryRequest: Int64 = 64 << 20,
    memoryLimit: Int64 = .max
  ) {
    precondition(cpuRequest >= 0 && cpuLimit > 0, "\(cpuRequest) of \(cpuLimit) cores")
    self.cpuRequest = cpuRequest
    self.cpuLimit = cpuLimit
    self.memoryRequest = memoryRequest
    self.memoryLimit = memoryLimit
  }
}
