/// The stages of all operations as one flat table, in which the children of a stage stand side by side.
struct CallProgram: Sendable {
  struct Stage: Sendable {
    var kind: Kind
    var probability: Double
    /// What this stage's random draws are keyed by, together with its request.
    var key: UInt64
  }

  enum Kind: Sendable {
    case call(site: Int)
    case sequence(Range<Int>)
    case parallel(Range<Int>)
  }

  struct Operation: Sendable {
    var service: Int
    var work: Spread
    /// The place of the sequence of its stages; nil when it calls nobody.
    var root: Int?
  }

  private(set) var stages: [Stage] = []
  /// Every call that stands in the description, by number.
  private(set) var sites: [SimulatedCall] = []
  /// How long each of them is waited for; nil is for ever.
  private(set) var timeouts: [VirtualTime?] = []
  private(set) var operations: [Operation] = []

  init(_ description: ClusterDescription) {
    let names = description.operations.map {
      "\(description.services[$0.service].name)/\($0.name)"
    }
    for operation in description.operations {
      var root: Int?
      if !operation.stages.isEmpty {
        let place = stages.count
        stages.append(Stage(kind: .sequence(0..<0), probability: 1, key: 0))
        stages[place].kind = .sequence(append(operation.stages, names))
        root = place
      }
      operations.append(Operation(service: operation.service, work: operation.work, root: root))
    }
  }

  /// Adds sibling stages, then what stands below each.
  private mutating func append(_ siblings: [SimulatedStage], _ names: [String]) -> Range<Int> {
    let range = stages.count..<(stages.count + siblings.count)
    for (number, stage) in siblings.enumerated() {
      // The n-th call of the same operation keeps its draws when other calls are put before it.
      let name = stage.name(names)
      let twinCount = siblings[..<number].count { $0.name(names) == name }
      let key = RandomStream(seed: UInt64(twinCount), name: name).state
      stages.append(Stage(kind: .sequence(0..<0), probability: stage.probability, key: key))
    }
    for (place, stage) in zip(range, siblings) {
      switch stage {
      case .call(let call, _):
        stages[place].kind = .call(site: sites.count)
        sites.append(call)
        timeouts.append(call.timeout.map(VirtualTime.init))
      case .sequence(let children, _): stages[place].kind = .sequence(append(children, names))
      case .parallel(let children, _): stages[place].kind = .parallel(append(children, names))
      }
    }
    return range
  }
}

extension SimulatedStage {
  fileprivate var probability: Double {
    switch self {
    case .call(_, let probability), .sequence(_, let probability), .parallel(_, let probability):
      probability
    }
  }

  /// What the stage does, as text: equal for equal stages.
  fileprivate func name(_ operations: [String]) -> String {
    switch self {
    case .call(let call, _): operations[call.operation]
    case .sequence(let stages, _): "(\(stages.map { $0.name(operations) }.joined(separator: ";")))"
    case .parallel(let stages, _): "[\(stages.map { $0.name(operations) }.joined(separator: "|"))]"
    }
  }
}
