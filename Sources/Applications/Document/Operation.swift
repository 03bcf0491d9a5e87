extension Application {
  /// One thing a service does: its own work first, then its calls, stage after stage.
  package struct Operation: Hashable, Sendable {
    package var name: OperationName
    package var work: Work
    /// Stages, one after the other.
    package var calls: [CallStage]

    package init(name: OperationName, work: Work = Work(), calls: [CallStage] = []) {
      self.name = name
      self.work = work
      self.calls = calls
    }
  }

  /// The CPU time that an operation itself takes, and the size of its answer.
  package struct Work: Hashable, Sendable {
    /// Mean CPU time of one request on a core of speed 1.
    package var cpu: Duration
    /// The coefficient of variation of the CPU time, standard deviation over mean: 0 is constant.
    package var variability: Double
    /// The size of the answer's body.
    package var payload: ByteCount

    package init(
      cpu: Duration = .milliseconds(1),
      variability: Double = 0.5,
      payload: ByteCount = .kibibytes(1)
    ) {
      self.cpu = cpu
      self.variability = variability
      self.payload = payload
    }

    /// The distribution from which every world draws the CPU time, in seconds.
    package var cpuSeconds: LogNormal { LogNormal(mean: cpu.seconds, variability: variability) }
  }

  /// A step of an operation: one call, or several that run one after the other or at once.
  package indirect enum CallStage: Hashable, Sendable {
    case call(Call)
    /// With this probability, these stages one after the other.
    case sequence([CallStage], probability: Double)
    /// With this probability, these stages at once; the slowest decides.
    case parallel([CallStage], probability: Double)
  }

  /// A call from one service to another.
  package struct Call: Hashable, Sendable {
    package var service: ServiceName
    package var operation: OperationName
    /// How likely the call is made at all, between 0 and 1.
    package var probability: Double
    /// How often it is made: one after the other, or at once where the call stands in a parallel stage.
    package var count: Int
    /// How often a call that failed or timed out is tried again.
    package var retries: Int
    /// How long the caller waits for one try; nil is for ever.
    package var timeout: Duration?

    package init(
      service: ServiceName,
      operation: OperationName,
      probability: Double = 1,
      count: Int = 1,
      retries: Int = 0,
      timeout: Duration? = nil
    ) {
      self.service = service
      self.operation = operation
      self.probability = probability
      self.count = count
      self.retries = retries
      self.timeout = timeout
    }
  }
}
