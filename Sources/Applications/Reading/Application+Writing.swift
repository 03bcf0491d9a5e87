import OrderedCollections

extension Application {
  /// This application as a YAML document; what has its default is left out.
  package var yaml: String {
    var document = MapWriter()
    document["apiVersion"] = .text(Application.apiVersion)
    document["kind"] = .text(Application.kind)
    document["metadata"] = metadata.node
    document["spec"] = spec.node
    return document.node.text
  }
}

/// Builds a map key by key; keys set to nil are left out.
private struct MapWriter {
  private var members: [YAMLNode.Member] = []

  subscript(key: String) -> YAMLNode? {
    get { nil }
    set {
      guard let newValue else { return }
      members.append(YAMLNode.Member(key: key, keyMark: .none, value: newValue))
    }
  }

  var node: YAMLNode { YAMLNode(.map(members)) }
  var nodeUnlessEmpty: YAMLNode? { members.isEmpty ? nil : node }
}

extension YAMLNode {
  /// A text, quoted where some YAML reader would take it for something else.
  fileprivate static func text(_ text: some CustomStringConvertible) -> YAMLNode {
    let plain = Scalar(text.description)
    let isSafe = plain.isText && (plain.text.first.map { $0.isLetter || $0 == "/" } ?? false)
    return YAMLNode(.scalar(isSafe ? plain : Scalar(plain.text, isQuoted: true)))
  }

  /// Something with a unit, or a number, as it is.
  fileprivate static func plain(_ text: some CustomStringConvertible) -> YAMLNode {
    YAMLNode(.scalar(Scalar(text.description)))
  }

  fileprivate static func number(_ value: Double) -> YAMLNode { .plain(value.plain) }

  fileprivate static func list(_ elements: [YAMLNode]) -> YAMLNode { YAMLNode(.list(elements)) }

  fileprivate static func texts(_ pairs: some Collection<(key: String, value: String)>) -> YAMLNode?
  {
    var map = MapWriter()
    for (key, value) in pairs { map[key] = .text(value) }
    return map.nodeUnlessEmpty
  }
}

extension Application.Metadata {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["name"] = .text(name)
    map["labels"] = .texts(labels.elements)
    map["annotations"] = .texts(annotations.elements)
    return map.node
  }
}

extension Application.Spec {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["entryPoints"] = .list(entryPoints.map(\.node))
    map["services"] = .list(services.map(\.node))
    map["nodes"] = nodes.isEmpty ? nil : .list(nodes.map(\.node))
    return map.node
  }
}

extension Application.EntryPoint {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["name"] = .text(name)
    map["service"] = .text(service)
    map["operation"] = .text(operation)
    map["weight"] = weight == 1 ? nil : .number(weight)
    map["slo"] = slo?.node
    return map.node
  }
}

extension SLO {
  fileprivate var node: YAMLNode {
    let standard = SLO(bound: bound)
    var map = MapWriter()
    map["quantile"] = quantile == standard.quantile ? nil : .number(quantile)
    map["bound"] = .plain(bound.quantity)
    map["window"] = window == standard.window ? nil : .plain(window.quantity)
    return map.node
  }
}

extension Application.NodeGroup {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["name"] = .text(name)
    map["count"] = count == 1 ? nil : .plain(count)
    map["cpu"] = .plain(cpu)
    map["memory"] = .plain(memory)
    map["speed"] = speed == 1 ? nil : .number(speed)
    return map.node
  }
}

extension Application.Service {
  fileprivate var node: YAMLNode {
    let standard = Application.Service(name: name)
    var map = MapWriter()
    map["name"] = .text(name)
    if case .command(let command) = workload { map["command"] = command.node }
    if case .llm(let model) = workload { map["llm"] = model.node }
    map["resources"] = resources == standard.resources ? nil : resources.node
    map["replicas"] = replicas.node
    map["startupTime"] =
      startupTime == standard.startupTime ? nil : .plain(startupTime.quantity)
    map["drainTime"] = drainTime == standard.drainTime ? nil : .plain(drainTime.quantity)
    map["concurrency"] = concurrency == standard.concurrency ? nil : .plain(concurrency)
    map["queueLength"] = queueLength == standard.queueLength ? nil : .plain(queueLength)
    map["cost"] = cost.node
    map["operations"] = operations.isEmpty ? nil : .list(operations.map(\.node))
    return map.node
  }
}

extension Application.Command {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["arguments"] = .list(arguments.map(YAMLNode.text))
    map["environment"] = .texts(environment.elements)
    map["healthPath"] = healthPath == "/" ? nil : .text(healthPath)
    return map.node
  }
}

extension Resources {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["requests"] = requests.node
    map["limits"] = limits.node
    return map.node
  }
}

extension ResourceAmount {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["cpu"] = .plain(cpu)
    map["memory"] = .plain(memory)
    return map.node
  }
}

extension ReplicaBounds {
  fileprivate var node: YAMLNode? {
    let standard = ReplicaBounds()
    var map = MapWriter()
    map["initial"] = initial == minimum ? nil : .plain(initial)
    map["min"] = minimum == standard.minimum ? nil : .plain(minimum)
    map["max"] = maximum == max(standard.maximum, minimum) ? nil : .plain(maximum)
    return map.nodeUnlessEmpty
  }
}

extension Cost {
  fileprivate var node: YAMLNode? {
    let standard = Cost()
    var map = MapWriter()
    map["perReplicaHour"] =
      perReplicaHour == standard.perReplicaHour ? nil : .number(perReplicaHour)
    map["perCoreHour"] = perCoreHour == standard.perCoreHour ? nil : .number(perCoreHour)
    map["perGibibyteHour"] =
      perGibibyteHour == standard.perGibibyteHour ? nil : .number(perGibibyteHour)
    return map.nodeUnlessEmpty
  }
}

extension Application.Operation {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["name"] = .text(name)
    map["work"] = work.node
    map["calls"] = calls.isEmpty ? nil : .list(calls.map(\.node))
    return map.node
  }
}

extension Application.Work {
  fileprivate var node: YAMLNode? {
    let standard = Application.Work()
    var map = MapWriter()
    map["cpu"] = cpu == standard.cpu ? nil : .plain(cpu.quantity)
    map["variability"] = variability == standard.variability ? nil : .number(variability)
    map["payload"] = payload == standard.payload ? nil : .plain(payload)
    return map.nodeUnlessEmpty
  }
}

extension Application.CallStage {
  fileprivate var node: YAMLNode {
    switch self {
    case .call(let call): call.node
    case .sequence(let stages, let probability):
      Self.node("sequence", stages, probability)
    case .parallel(let stages, let probability):
      Self.node("parallel", stages, probability)
    }
  }

  private static func node(_ key: String, _ stages: [Self], _ probability: Double) -> YAMLNode {
    var map = MapWriter()
    map[key] = .list(stages.map(\.node))
    map["probability"] = probability == 1 ? nil : .number(probability)
    return map.node
  }
}

extension Application.Call {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["service"] = .text(service)
    map["operation"] = .text(operation)
    map["probability"] = probability == 1 ? nil : .number(probability)
    map["count"] = count == 1 ? nil : .plain(count)
    map["retries"] = retries == 0 ? nil : .plain(retries)
    map["timeout"] = timeout.map { .plain($0.quantity) }
    return map.node
  }
}

extension Application.LanguageModel {
  fileprivate var node: YAMLNode {
    let standard = Application.LanguageModel(model: model, classes: [])
    var map = MapWriter()
    map["model"] = .text(model)
    map["weights"] = weights == standard.weights ? nil : .text(weights.rawValue)
    map["classes"] = .list(classes.map(\.node))
    map["speed"] = speed == standard.speed ? nil : speed.node
    return map.node
  }
}

extension Application.LanguageModel.Speed {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["prefill"] = .number(prefill)
    map["decode"] = .number(decode)
    map["batch"] = .plain(batch)
    return map.node
  }
}

extension Application.LanguageModel.RequestClass {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["name"] = .text(name)
    map["promptTokens"] = promptTokens.node
    map["outputTokens"] = outputTokens.node
    map["timeToFirstToken"] = timeToFirstToken.map { .plain($0.quantity) }
    map["timePerOutputToken"] = timePerOutputToken.map { .plain($0.quantity) }
    return map.node
  }
}

extension Application.LanguageModel.TokenCount {
  fileprivate var node: YAMLNode {
    var map = MapWriter()
    map["mean"] = .number(mean)
    map["variability"] = variability == 0 ? nil : .number(variability)
    return map.node
  }
}
