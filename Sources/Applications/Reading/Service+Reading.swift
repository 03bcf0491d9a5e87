import OrderedCollections

extension Application.Service {
  init(_ fields: Fields) {
    self.init(name: fields.name("name"))
    workload = fields["command"].map { .command(Application.Command($0)) } ?? workload
    workload = fields["llm"].map { .llm(Application.LanguageModel($0)) } ?? workload
    resources = Resources(fields["resources"])
    replicas = ReplicaBounds(fields["replicas"])
    startupTime = fields.duration("startupTime") ?? startupTime
    drainTime = fields.duration("drainTime") ?? drainTime
    concurrency = fields.integer("concurrency") ?? concurrency
    queueLength = fields.integer("queueLength") ?? queueLength
    cost = Cost(fields["cost"])
    operations = fields.elements("operations").map(Application.Operation.init)
  }
}

extension Resources {
  /// Limits that are not given are raised to the requests, so that asking for more is enough.
  fileprivate init(_ fields: Fields?) {
    self.init()
    requests = ResourceAmount(fields?["requests"], default: requests)
    let raised = ResourceAmount(
      cpu: max(limits.cpu, requests.cpu),
      memory: max(limits.memory, requests.memory)
    )
    limits = ResourceAmount(fields?["limits"], default: raised)
  }
}

extension ResourceAmount {
  fileprivate init(_ fields: Fields?, default standard: ResourceAmount) {
    self.init(
      cpu: fields?.cpu("cpu") ?? standard.cpu,
      memory: fields?.memory("memory") ?? standard.memory
    )
  }
}

extension ReplicaBounds {
  fileprivate init(_ fields: Fields?) {
    self.init()
    minimum = fields?.integer("min") ?? minimum
    maximum = fields?.integer("max") ?? max(maximum, minimum)
    initial = fields?.integer("initial") ?? minimum
  }
}

extension Cost {
  fileprivate init(_ fields: Fields?) {
    self.init()
    perReplicaHour = fields?.number("perReplicaHour") ?? perReplicaHour
    perCoreHour = fields?.number("perCoreHour") ?? perCoreHour
    perGibibyteHour = fields?.number("perGibibyteHour") ?? perGibibyteHour
  }
}

extension Application.Command {
  fileprivate init(_ fields: Fields) {
    self.init(arguments: fields.texts("arguments"))
    environment = OrderedDictionary(fields.textMap("environment")) { $1 }
    healthPath = fields.text("healthPath") ?? healthPath
  }
}

extension Application.Operation {
  fileprivate init(_ fields: Fields) {
    self.init(
      name: fields.name("name"),
      work: Application.Work(fields["work"]),
      calls: fields.elements("calls").map(Application.CallStage.init)
    )
  }
}

extension Application.Work {
  fileprivate init(_ fields: Fields?) {
    self.init()
    cpu = fields?.duration("cpu") ?? cpu
    variability = fields?.number("variability") ?? variability
    payload = fields?.memory("payload") ?? payload
  }
}

extension Application.CallStage {
  fileprivate init(_ fields: Fields) {
    let probability = fields.number("probability") ?? 1
    if fields.has("sequence") {
      self = .sequence(fields.elements("sequence").map(Self.init), probability: probability)
    } else if fields.has("parallel") {
      self = .parallel(fields.elements("parallel").map(Self.init), probability: probability)
    } else {
      self = .call(Application.Call(fields, probability: probability))
    }
  }
}

extension Application.Call {
  fileprivate init(_ fields: Fields, probability: Double) {
    self.init(
      service: fields.name("service"),
      operation: fields.name("operation"),
      probability: probability,
      count: fields.integer("count") ?? 1,
      retries: fields.integer("retries") ?? 0,
      timeout: fields.duration("timeout")
    )
  }
}

extension Application.LanguageModel {
  fileprivate init(_ fields: Fields) {
    self.init(
      model: fields.text("model") ?? "",
      classes: fields.elements("classes").map(RequestClass.init)
    )
    weights = fields.text("weights").flatMap(Weights.init) ?? weights
    speed.prefill = fields["speed"]?.number("prefill") ?? speed.prefill
    speed.decode = fields["speed"]?.number("decode") ?? speed.decode
    speed.batch = fields["speed"]?.integer("batch") ?? speed.batch
  }
}

extension Application.LanguageModel.RequestClass {
  fileprivate init(_ fields: Fields) {
    self.init(
      name: fields.name("name"),
      promptTokens: .init(fields["promptTokens"]),
      outputTokens: .init(fields["outputTokens"]),
      timeToFirstToken: fields.duration("timeToFirstToken"),
      timePerOutputToken: fields.duration("timePerOutputToken")
    )
  }
}

extension Application.LanguageModel.TokenCount {
  fileprivate init(_ fields: Fields?) {
    self.init(
      mean: fields?.number("mean") ?? 1,
      variability: fields?.number("variability") ?? 0
    )
  }
}
