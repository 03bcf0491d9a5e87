package import OrderedCollections

extension Application {
  /// One service: what runs, with how much of a machine, and what its operations do.
  package struct Service: Hashable, Sendable {
    package var name: ServiceName
    package var workload: Workload
    package var resources: Resources
    package var replicas: ReplicaBounds
    /// From the decision to start a replica until it can serve.
    package var startupTime: Duration
    /// How long a replica that is taken away may finish what it has begun.
    package var drainTime: Duration
    /// Requests that one replica works on at once; others wait in its queue.
    package var concurrency: Int
    /// Requests that may wait at one replica; more are refused.
    package var queueLength: Int
    package var cost: Cost
    package var operations: [Operation]

    package init(
      name: ServiceName,
      workload: Workload = .synthetic,
      resources: Resources = Resources(),
      replicas: ReplicaBounds = ReplicaBounds(),
      startupTime: Duration = .seconds(5),
      drainTime: Duration = .seconds(10),
      concurrency: Int = 32,
      queueLength: Int = 1024,
      cost: Cost = Cost(),
      operations: [Operation] = []
    ) {
      self.name = name
      self.workload = workload
      self.resources = resources
      self.replicas = replicas
      self.startupTime = startupTime
      self.drainTime = drainTime
      self.concurrency = concurrency
      self.queueLength = queueLength
      self.cost = cost
      self.operations = operations
    }

    package func operation(_ name: OperationName) -> Operation? {
      operations.first { $0.name == name }
    }
  }

  /// What a replica runs.
  package enum Workload: Hashable, Sendable {
    /// Burns the CPU time and makes the calls that the operations state.
    case synthetic
    /// A program of the user's, which listens for HTTP on the port in its environment's `PORT`.
    case command(Command)
    /// A language model behind our engine; its operations are the model's request classes.
    case llm(LanguageModel)
  }

  /// A program to run.
  package struct Command: Hashable, Sendable {
    /// The program and its arguments.
    package var arguments: [String]
    package var environment: OrderedDictionary<String, String>
    /// A path that answers 200 once the program can serve.
    package var healthPath: String

    package init(
      arguments: [String],
      environment: OrderedDictionary<String, String> = [:],
      healthPath: String = "/"
    ) {
      self.arguments = arguments
      self.environment = environment
      self.healthPath = healthPath
    }
  }
}
