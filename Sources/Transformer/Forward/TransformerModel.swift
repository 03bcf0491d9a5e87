package import Tensors

/// A model's modules, each of which can be loaded, dropped, copied or exchanged by itself, and the computation
/// through them.
///
/// Not sendable on purpose: the engine that runs steps owns it. Modules are values that share their weights, so
/// `let copy = model[id]` copies nothing.
package final class TransformerModel {
  package let configuration: ModelConfiguration
  package let format: WeightFormat
  let backend: any ComputeBackend
  let rotaries: [RotaryEmbedding]
  var embedding: Embedding?
  var layers: [LayerModules]
  var norm: Norm?
  var head: Head?
  private let loader: ModuleLoader

  /// A layer's modules; nil where the layer has none or it is dropped.
  struct LayerModules {
    var attention: Attention?
    var feedForward: FeedForward?
    var router: Router?
    var experts: [FeedForward?] = []
    var sharedExpert: FeedForward?
    var united: [FeedForward?] = []
  }

  /// Loads every module of `folder`.
  ///
  /// - Parameters:
  ///   - folder: an opened model folder.
  ///   - format: how matrices are kept; routers, norms and biases stay float32.
  ///   - backend: the device.
  ///   - cache: where packed weights are kept between starts, if anywhere.
  ///   - progress: told the fraction of parameters loaded, before each module and at the end; answers whether
  ///     to go on.
  /// - Throws: ``ModelError/cancelled`` when `progress` says stop or the task is cancelled.
  package convenience init(
    folder: ModelFolder,
    format: WeightFormat,
    backend: any ComputeBackend,
    cache: WeightCache? = nil,
    progress: (Double) -> Bool = { _ in true }
  ) throws(ModelError) {
    self.init(unloaded: folder, format: format, backend: backend, cache: cache)
    let ids = configuration.moduleIDs
    let counts = ids.map { configuration.blueprint($0)?.parameterCount ?? 0 }
    let total = Double(max(counts.reduce(0, +), 1))
    var loaded = 0
    for (id, count) in zip(ids, counts) {
      guard !Task.isCancelled, progress(Double(loaded) / total) else { throw .cancelled }
      try load(id)
      loaded += count
    }
    cache?.finish()
    _ = progress(1)
  }

  /// The model without any module; ``load(_:)`` brings them in.
  package init(
    unloaded folder: ModelFolder,
    format: WeightFormat,
    backend: any ComputeBackend,
    cache: WeightCache? = nil
  ) {
    let configuration = folder.configuration
    self.configuration = configuration
    self.format = format
    self.backend = backend
    rotaries = configuration.rotaries.map {
      RotaryEmbedding($0, headWidth: configuration.headWidth)
    }
    layers = configuration.layers.enumerated().map { index, layer in
      guard case .mixture(let mixture) = layer.feedForward else { return LayerModules() }
      return LayerModules(
        experts: Array(repeating: nil, count: mixture.expertCount),
        united: Array(repeating: nil, count: configuration.unitedCount(layer: index))
      )
    }
    loader = ModuleLoader(
      configuration: configuration,
      tensors: folder.tensors,
      format: format,
      cache: cache,
      backend: backend
    )
  }

  /// Memory for the keys and values of `blockCount` blocks of `blockLength` positions each.
  package func makeCache(blockCount: Int, blockLength: Int) -> KVStore {
    KVStore(
      shape: configuration.cacheShape(format: format, blockLength: blockLength),
      blockCount: blockCount
    )
  }

  /// Reads the module `id` from the folder and puts it in its place.
  ///
  /// A tied head shares the embedding's table, which it loads if needed.
  package func load(_ id: ModuleID) throws(ModelError) {
    if id == .head, configuration.tiesEmbeddings {
      if embedding == nil { try load(.embed) }
      head = embedding.map { Head(weights: $0.table) }
    } else {
      self[id] = try loader.load(id)
    }
  }

  /// Frees the module `id` unless a copy of it is kept elsewhere; a step must not need it until it is loaded.
  package func drop(_ id: ModuleID) { self[id] = nil }

  /// Bytes of the loaded weights in memory, a table that is shared by embedding and head counted once.
  package var byteCount: Int {
    let isShared = embedding != nil && head != nil && embedding?.table === head?.weights
    return configuration.moduleIDs.reduce(0) { total, id in
      id == .head && isShared ? total : total + (self[id]?.byteCount ?? 0)
    }
  }
}

extension ModelConfiguration {
  /// The layout of a key-value cache for this model: exact models keep exact keys and values, the others keep
  /// them in 16 bits.
  package func cacheShape(format: WeightFormat, blockLength: Int) -> KVStore.Shape {
    KVStore.Shape(
      layerCount: layerCount,
      keyValueHeadCount: keyValueHeadCount,
      headWidth: headWidth,
      blockLength: blockLength,
      format: format == .float32 ? .float32 : .float16
    )
  }
}
