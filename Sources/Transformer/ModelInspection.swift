package import Tensors

/// What a model is made of and what it costs, module by module, known without loading it.
package struct ModelInspection: Sendable, Hashable {
  /// One module.
  package struct Row: Sendable, Hashable {
    package let id: ModuleID
    /// Zero for a head that shares the embedding's table, as are its bytes.
    package let parameterCount: Int
    /// Bytes in memory in the chosen weight format.
    package let byteCount: Int
    /// Multiplications and additions of its matrices for each token that visits it.
    ///
    /// Attention over the cache comes on top: four per query column and cached position.
    package let operationsPerToken: Int
    /// Bytes that each token adds to the key-value cache.
    package let cacheBytesPerToken: Int
  }

  package let format: WeightFormat
  package let rows: [Row]
  package let parameterCount: Int
  /// The parameters that one token meets: of a mixture's experts, only as many as it visits.
  package let activeParameterCount: Int
  package let byteCount: Int
  /// Operations of one token through the whole model, of a mixture's experts only those it visits.
  package let operationsPerToken: Int
  package let cacheBytesPerToken: Int

  /// Inspects the model that `configuration` describes, its matrices kept in `format`.
  ///
  /// - Complexity: linear in the number of modules.
  package init(_ configuration: ModelConfiguration, format: WeightFormat) {
    let cache = configuration.cacheShape(format: format, blockLength: 1)
    let cacheBytesPerLayer = cache.bytesPerToken / configuration.layerCount
    var active = 0
    var operations = 0
    rows = configuration.moduleIDs.compactMap { id in
      guard let blueprint = configuration.blueprint(id) else { return nil }
      let isShared = id == .head && configuration.tiesEmbeddings
      let row = Row(
        id: id,
        parameterCount: isShared ? 0 : blueprint.parameterCount,
        byteCount: isShared ? 0 : blueprint.byteCount(format),
        operationsPerToken: id == .embed ? 0 : blueprint.operationsPerToken,
        cacheBytesPerToken: id.isAttention ? cacheBytesPerLayer : 0
      )
      if configuration.isVisited(id) {
        active += row.parameterCount
        operations += row.operationsPerToken
      }
      return row
    }
    self.format = format
    parameterCount = rows.reduce(0) { $0 + $1.parameterCount }
    activeParameterCount = active
    byteCount = rows.reduce(0) { $0 + $1.byteCount }
    operationsPerToken = operations
    cacheBytesPerToken = cache.bytesPerToken
  }
}

extension ModelConfiguration {
  /// Whether a token that visits the lowest `topK` experts of every mixture visits the module `id`; experts of a
  /// layer are of one size, so any `topK` cost the same.
  fileprivate func isVisited(_ id: ModuleID) -> Bool {
    switch id {
    case .expert(_, let index): mixture.map { index < $0.topK } ?? false
    // It takes an expert's place and adds nothing.
    case .united: false
    default: true
    }
  }
}

extension ModuleID {
  fileprivate var isAttention: Bool { if case .attention = self { true } else { false } }
}

extension ModuleBlueprint {
  /// Bytes of the module in memory, its packed matrices in `format`.
  func byteCount(_ format: WeightFormat) -> Int {
    parts.reduce(0) { $0 + $1.byteCount(format) }
  }

  fileprivate var operationsPerToken: Int {
    parts.reduce(0) { $0 + ($1.storage == .vector ? 0 : 2 * $1.parameterCount) }
  }
}

extension ModuleBlueprint.Part {
  fileprivate func byteCount(_ format: WeightFormat) -> Int {
    guard storage != .vector, let inputCount = tensors.first?.shape.last else {
      return parameterCount * MemoryLayout<Float>.stride
    }
    return WeightMatrix.byteCount(
      outputCount: parameterCount / inputCount,
      inputCount: inputCount,
      format: storage == .packed ? format : .float32
    )
  }
}
