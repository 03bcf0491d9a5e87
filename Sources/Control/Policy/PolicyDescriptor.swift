/// What a policy is called, what it does, and where it stands in the survey's taxonomy.
package struct PolicyDescriptor: Hashable, Sendable {
  /// The name on the command line: `hpa`.
  package var name: String
  /// One sentence.
  package var summary: String
  /// How often it wants to be asked.
  package var interval: Duration
  package var place: Taxonomy
  /// The parameters it takes, with their defaults and meaning.
  package var parameters: [Parameter]

  package init(
    name: String,
    summary: String,
    interval: Duration,
    place: Taxonomy,
    parameters: [Parameter] = []
  ) {
    self.name = name
    self.summary = summary
    self.interval = interval
    self.place = place
    self.parameters = parameters
  }

  package struct Parameter: Hashable, Sendable {
    package var name: String
    package var defaultValue: String
    package var meaning: String

    package init(_ name: String, default defaultValue: String, _ meaning: String) {
      self.name = name
      self.defaultValue = defaultValue
      self.meaning = meaning
    }
  }
}

/// A policy's place among autoscalers, in the five dimensions of the survey.
///
/// After Xu, Liao, Wen, Wu, Ye, C. Xu and Buyya, "Auto-scaling Approaches for Microservice Applications: A
/// Survey and Taxonomy" (arXiv:2507.17128v2). The dimensions are the survey's; the leaves are our reading of them.
package struct Taxonomy: Hashable, Sendable {
  /// Infrastructure: which resources are scaled.
  package var resources: [ResourceKind]
  /// Architecture: how control is spread over the application.
  package var controller: Controller
  /// Scaling methods: in which direction, on what trigger, by which technique.
  package var directions: [Direction]
  package var trigger: Trigger
  package var technique: Technique
  /// Optimisation objectives.
  package var objectives: [Objective]
  /// Behaviour modelling: what it models of the application; empty for none.
  package var models: [Model]

  package init(
    resources: [ResourceKind] = [.cpu],
    controller: Controller = .perService,
    directions: [Direction],
    trigger: Trigger,
    technique: Technique,
    objectives: [Objective],
    models: [Model] = []
  ) {
    self.resources = resources
    self.controller = controller
    self.directions = directions
    self.trigger = trigger
    self.technique = technique
    self.objectives = objectives
    self.models = models
  }

  package enum ResourceKind: String, Hashable, Sendable {
    case cpu = "CPU"
    case memory
    case accelerator
  }

  package enum Controller: String, Hashable, Sendable {
    case centralised
    case perService = "per service"
    case hierarchical
  }

  package enum Direction: String, Hashable, Sendable {
    case horizontal, vertical, brownout
  }

  package enum Trigger: String, Hashable, Sendable {
    case none, reactive, proactive, hybrid
  }

  package enum Technique: String, Hashable, Sendable {
    case none
    case rule
    case controlTheory = "control theory"
    case queueing = "queueing and analytical models"
    case timeSeries = "time series"
    case deepLearning = "deep learning"
    case graphLearning = "graph learning"
    case reinforcementLearning = "reinforcement learning"
    case bandit = "bandits and Bayesian optimisation"
    case metaLearning = "meta and transfer learning"
    case foresight
  }

  package enum Objective: String, Hashable, Sendable {
    case resourceEfficiency = "resource efficiency"
    case cost = "cost efficiency"
    case sla = "SLA assurance"
  }

  package enum Model: String, Hashable, Sendable {
    case dependencies = "dependency analysis"
    case performance = "performance profiling"
    case anomalies = "anomaly detection"
    case workload = "workload characterisation"
    case colocation = "co-location"
  }
}
