/// What a module is made of, known from the configuration alone: the one description that loading, checking
/// and inspection share.
struct ModuleBlueprint: Sendable {
  /// A part of a module that becomes one matrix or vector.
  struct Part: Sendable {
    let role: Role
    /// Stacked row by row.
    let tensors: [TensorRequirement]
    let storage: Storage

    var parameterCount: Int { tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } }
  }

  enum Role: Sendable, Hashable {
    case weights
    case norm
    case queryKeyValue
    case queryKeyValueBias
    case queryNorm
    case keyNorm
    case output
    case outputBias
    case gateUp
    case gateUpBias
    case down
    case downBias
    case outputGate
  }

  enum Storage: Sendable {
    /// A matrix in the format that the model is loaded in.
    case packed
    /// A matrix in float32 whatever the format: small and sensitive.
    case exactMatrix
    case vector
  }

  let id: ModuleID
  let parts: [Part]

  var parameterCount: Int { parts.reduce(0) { $0 + $1.parameterCount } }

  func part(_ role: Role) -> Part? { parts.first { $0.role == role } }
}

/// A tensor that a module needs, and where checkpoints may keep it.
struct TensorRequirement: Sendable {
  let shape: [Int]
  /// Tried in order; an error names the first.
  let locations: [Location]

  /// A whole tensor, or part of one that stacks all experts of a layer.
  struct Location: Sendable {
    let name: String
    /// Shape of the whole tensor.
    let shape: [Int]
    /// Which entry of the first dimension.
    var index: Int?
    /// Which rows of that entry.
    var rows: Range<Int>?
  }

  init(_ name: String, _ shape: [Int]) {
    self.init(shape: shape, locations: [Location(name: name, shape: shape)])
  }

  init(shape: [Int], locations: [Location]) {
    self.shape = shape
    self.locations = locations
  }
}
