/// The part of the document that describes services.
enum ServiceShape {
  static let definitions: [ObjectShape] = [
    service, command, resources, amount, replicas, cost, operation, work,
    callStage, sequenceStage, parallelStage, languageModel, requestClass, tokenCount, speed,
  ]

  private static let stages = Shape.list(
    of: .variant(["Call", "SequenceStage", "ParallelStage"]),
    minimumCount: 0
  )

  private static let service = ObjectShape(
    name: "Service",
    meaning: "What runs, with how much of a machine, and what its operations do.",
    properties: [
      .required("name", .text(.label), "Its name."),
      .optional("command", .object("Command"), "A program of yours; without it, synthetic work."),
      .optional("llm", .object("LanguageModel"), "A language model behind Plimsoll's engine."),
      .optional("resources", .object("Resources"), "CPU and memory of one replica."),
      .optional("replicas", .object("Replicas"), "How many replicas there may be."),
      .optional(
        "startupTime",
        .quantity(.duration),
        "From the decision to start a replica until it can serve; 5s if not given."
      ),
      .optional(
        "drainTime",
        .quantity(.duration),
        "How long a replica that is taken away may finish what it has begun; 10s if not given."
      ),
      .optional(
        "concurrency",
        .integer(1...1_000_000),
        "Requests that one replica works on at once; 32 if not given."
      ),
      .optional(
        "queueLength",
        .integer(0...10_000_000),
        "Requests that may wait at one replica before it refuses more; 1024 if not given."
      ),
      .optional("cost", .object("Cost"), "What a replica costs."),
      .optional(
        "operations",
        .list(of: .object("Operation"), minimumCount: 1),
        "What it does; a language model's are its request classes."
      ),
    ],
    exclusive: ["command", "llm"]
  )

  private static let command = ObjectShape(
    name: "Command",
    meaning: "A program that listens for HTTP on the port in its environment's PORT.",
    properties: [
      .required(
        "arguments",
        .list(of: .text(.any), minimumCount: 1),
        "The program and its arguments."
      ),
      .optional("environment", .texts, "Environment variables."),
      .optional(
        "healthPath",
        .text(.line),
        "A path that answers 200 once the program can serve; / if not given."
      ),
    ]
  )

  private static let resources = ObjectShape(
    name: "Resources",
    meaning: "What is reserved for a replica, and what it may not exceed.",
    properties: [
      .optional("requests", .object("ResourceAmount"), "Reserved; 100m and 64Mi if not given."),
      .optional("limits", .object("ResourceAmount"), "Enforced; 500m and 256Mi if not given."),
    ]
  )

  private static let amount = ObjectShape(
    name: "ResourceAmount",
    meaning: "An amount of CPU and memory.",
    properties: [
      .optional("cpu", .quantity(.cpu), "Cores, such as 250m or 2."),
      .optional("memory", .quantity(.memory), "Memory, such as 64Mi."),
    ]
  )

  private static let replicas = ObjectShape(
    name: "Replicas",
    meaning: "How many replicas a service has at first, at least and at most.",
    properties: [
      .optional("initial", .integer(0...100_000), "At first; the minimum if not given."),
      .optional("min", .integer(0...100_000), "At least; 1 if not given."),
      .optional("max", .integer(1...100_000), "At most; 10 if not given."),
    ]
  )

  private static let cost = ObjectShape(
    name: "Cost",
    meaning: "Prices per hour, in an account unit such as dollars.",
    properties: [
      .optional("perReplicaHour", .number(.nonNegative), "Of a replica; 0 if not given."),
      .optional("perCoreHour", .number(.nonNegative), "Of a requested core; 0.032 if not given."),
      .optional(
        "perGibibyteHour",
        .number(.nonNegative),
        "Of a requested GiB; 0.004 if not given."
      ),
    ]
  )

  private static let operation = ObjectShape(
    name: "Operation",
    meaning: "One thing a service does: its own work first, then its calls, stage after stage.",
    properties: [
      .required("name", .text(.line), "Its name, unique within the service."),
      .optional("work", .object("Work"), "What it does itself."),
      .optional("calls", stages, "The calls it makes, one stage after the other."),
    ]
  )

  private static let work = ObjectShape(
    name: "Work",
    meaning: "The CPU time of one request, log-normally distributed, and the size of the answer.",
    properties: [
      .optional("cpu", .quantity(.duration), "Mean CPU time; 1ms if not given."),
      .optional(
        "variability",
        .number(NumberRule(maximum: 20)),
        "Standard deviation over mean, 0 for a constant; 0.5 if not given."
      ),
      .optional("payload", .quantity(.memory), "The size of the answer; 1Ki if not given."),
    ]
  )

  private static let callStage = ObjectShape(
    name: "Call",
    meaning: "A call to an operation of a service.",
    properties: [
      .required("service", .text(.label), "The service that is called."),
      .required("operation", .text(.line), "The operation that is called."),
      .optional("probability", .number(.share), "How likely it is made; 1 if not given."),
      .optional(
        "count",
        .integer(1...1000),
        "How often: one after the other, or at once within `parallel`; 1 if not given."
      ),
      .optional("retries", .integer(0...100), "Further tries after a failure; 0 if not given."),
      .optional(
        "timeout",
        .quantity(.duration),
        "How long one try may take; for ever if not given."
      ),
    ]
  )

  private static let sequenceStage = ObjectShape(
    name: "SequenceStage",
    meaning: "Stages one after the other.",
    properties: [
      .required("sequence", stages, "The stages."),
      .optional("probability", .number(.share), "How likely it happens; 1 if not given."),
    ]
  )

  private static let parallelStage = ObjectShape(
    name: "ParallelStage",
    meaning: "Stages at once; the slowest decides.",
    properties: [
      .required("parallel", stages, "The stages."),
      .optional("probability", .number(.share), "How likely it happens; 1 if not given."),
    ]
  )

  private static let languageModel = ObjectShape(
    name: "LanguageModel",
    meaning: "A language model served by Plimsoll's engine.",
    properties: [
      .required("model", .text(.line), "A model's folder, or the name of a bundled model."),
      .optional(
        "weights",
        .choice(Application.LanguageModel.Weights.allCases.map(\.rawValue)),
        "How weights are kept in memory; int8 if not given."
      ),
      .required(
        "classes",
        .list(of: .object("RequestClass"), minimumCount: 1),
        "The kinds of requests it gets; calls name one as the operation."
      ),
      .optional("speed", .object("Speed"), "What the simulated world computes with."),
    ]
  )

  private static let requestClass = ObjectShape(
    name: "RequestClass",
    meaning: "Requests of one kind: how long they are, and what they were promised.",
    properties: [
      .required("name", .text(.line), "Its name."),
      .required("promptTokens", .object("TokenCount"), "Tokens of the prompt."),
      .required("outputTokens", .object("TokenCount"), "Tokens of the answer."),
      .optional("timeToFirstToken", .quantity(.duration), "Kept by 95 % of the requests."),
      .optional("timePerOutputToken", .quantity(.duration), "Kept by 95 % of the requests."),
    ]
  )

  private static let tokenCount = ObjectShape(
    name: "TokenCount",
    meaning: "A number of tokens, log-normally distributed.",
    properties: [
      .required("mean", .number(.positive), "The mean."),
      .optional(
        "variability",
        .number(NumberRule(maximum: 20)),
        "Standard deviation over mean; 0 if not given."
      ),
    ]
  )

  private static let speed = ObjectShape(
    name: "Speed",
    meaning: "How fast one replica is with the CPU that it requests.",
    properties: [
      .optional("prefill", .number(.positive), "Prompt tokens per second; 400 if not given."),
      .optional(
        "decode",
        .number(.positive),
        "Output tokens per second of a request that runs alone; 60 if not given."
      ),
      .optional("batch", .integer(1...4096), "Requests that decode together; 16 if not given."),
    ]
  )
}
