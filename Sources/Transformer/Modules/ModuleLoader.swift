import Tensors

/// Makes modules from a folder's tensors.
struct ModuleLoader {
  let configuration: ModelConfiguration
  let tensors: TensorIndex
  let format: WeightFormat
  let cache: WeightCache?
  /// Whose threads pack.
  let backend: any ComputeBackend

  /// Reads and packs the module `id`.
  ///
  /// - Complexity: proportional to its parameters, which are read from the file at their first use.
  func load(_ id: ModuleID) throws(ModelError) -> Module {
    guard let blueprint = configuration.blueprint(id) else { throw .unknownModule(id) }
    switch id {
    case .embed:
      return .embedding(Embedding(table: try matrix(.weights, blueprint)))
    case .attention:
      return .attention(
        Attention(
          norm: try vector(.norm, blueprint),
          queryKeyValue: try matrix(.queryKeyValue, blueprint),
          queryKeyValueBias: try optionalVector(.queryKeyValueBias, blueprint),
          queryNorm: try optionalVector(.queryNorm, blueprint),
          keyNorm: try optionalVector(.keyNorm, blueprint),
          output: try matrix(.output, blueprint),
          outputBias: try optionalVector(.outputBias, blueprint)
        )
      )
    case .feedForward, .expert, .sharedExpert, .united:
      return .feedForward(
        FeedForward(
          norm: try optionalVector(.norm, blueprint),
          gateUp: try matrix(.gateUp, blueprint),
          gateUpBias: try optionalVector(.gateUpBias, blueprint),
          down: try matrix(.down, blueprint),
          downBias: try optionalVector(.downBias, blueprint),
          outputGate: blueprint.part(.outputGate) == nil
            ? nil : try matrix(.outputGate, blueprint)
        )
      )
    case .router:
      return .router(
        Router(norm: try vector(.norm, blueprint), weights: try matrix(.weights, blueprint))
      )
    case .norm: return .norm(Norm(weight: try vector(.norm, blueprint)))
    case .head: return .head(Head(weights: try matrix(.weights, blueprint)))
    }
  }

  private func matrix(
    _ role: ModuleBlueprint.Role,
    _ blueprint: ModuleBlueprint
  ) throws(ModelError) -> WeightMatrix {
    let part = required(role, blueprint)
    guard part.storage == .packed, let cache else {
      let format = part.storage == .packed ? format : .float32
      return WeightMatrix(stacking: try tensors(of: part), format: format, on: backend)
    }
    return try cache.matrix(
      "\(blueprint.id)/\(role)",
      outputCount: part.tensors.reduce(0) { $0 + $1.shape[0] },
      inputCount: part.tensors[0].shape[1],
      format: format,
      backend: backend,
      pack: { () throws(ModelError) in
        WeightMatrix(stacking: try tensors(of: part), format: format, on: backend)
      }
    )
  }

  private func vector(
    _ role: ModuleBlueprint.Role,
    _ blueprint: ModuleBlueprint
  ) throws(ModelError) -> [Float] {
    try tensors(of: required(role, blueprint)).flatMap(\.floats)
  }

  private func optionalVector(
    _ role: ModuleBlueprint.Role,
    _ blueprint: ModuleBlueprint
  ) throws(ModelError) -> [Float]? {
    blueprint.part(role) == nil ? nil : try vector(role, blueprint)
  }

  private func required(
    _ role: ModuleBlueprint.Role,
    _ blueprint: ModuleBlueprint
  ) -> ModuleBlueprint.Part {
    guard let part = blueprint.part(role) else {
      preconditionFailure("the blueprint of \(blueprint.id) has no \(role)")
    }
    return part
  }

  private func tensors(of part: ModuleBlueprint.Part) throws(ModelError) -> [RawTensor] {
    var result: [RawTensor] = []
    for requirement in part.tensors { result.append(try tensors.tensor(requirement)) }
    return result
  }
}

extension TensorIndex {
  /// The tensor that `requirement` asks for, at the first of its locations that exists.
  func tensor(_ requirement: TensorRequirement) throws(ModelError) -> RawTensor {
    for location in requirement.locations {
      guard let whole = try tensor(location.name, shape: location.shape) else { continue }
      guard let index = location.index else { return whole }
      return location.rows.map { whole[index][rows: $0] } ?? whole[index]
    }
    throw .missingTensor(
      name: requirement.locations.first?.name ?? "",
      shape: requirement.shape
    )
  }
}
