package import Tensors

/// A decoder-only transformer: its modules, each replaceable alone, and the pass from tokens to logits.
///
/// Not sendable: one owner runs it. The modules are values, so another model may hold copies of them.
package final class TransformerModel {
  package let configuration: ModelConfiguration
  package let format: WeightFormat
  let backend: any ComputeBackend
  /// For each layer, the index of its rotary configuration among the distinct ones.
  let rotaryIndexOfLayer: [Int]
  private let loader: ModuleLoader
  private(set) var modules: [ModuleID: Module] = [:]
  /// The modules in the form in which a pass walks them; nil while one is missing.
  var stack: ModuleStack?

  /// Loads every module of `folder`, its matrices converted to `format`.
  ///
  /// - Parameters:
  ///   - folder: an opened model folder.
  ///   - format: how matrices are kept; routers, norms and biases stay float32.
  ///   - backend: the device.
  ///   - progress: told the loaded fraction after each module; answers whether to go on.
  /// - Throws: ``ModelError`` for a tensor that is missing or of the wrong shape, ``ModelError/cancelled`` when
  ///   `progress` says stop.
  package init(
    folder: ModelFolder,
    format: WeightFormat,
    backend: any ComputeBackend,
    progress: (Double) -> Bool = { _ in true }
  ) throws(ModelError) {
    configuration = folder.configuration
    self.format = format
    self.backend = backend
    let rotaries = folder.configuration.distinctRotaries
    rotaryIndexOfLayer = folder.configuration.layers.map { rotaries.firstIndex(of: $0.rotary) ?? 0 }
    loader = ModuleLoader(configuration: configuration, files: folder.weights, format: format)
    let identifiers = configuration.moduleIDs
    for (index, identifier) in identifiers.enumerated() {
      modules[identifier] = try loader.load(identifier)
      guard progress(Double(index + 1) / Double(identifiers.count)) else { throw .cancelled }
    }
    stack = ModuleStack(modules: modules, configuration: configuration)
  }

  /// The module of this name; nil while it is dropped.
  ///
  /// Setting replaces it, setting nil drops it.
  package subscript(identifier: ModuleID) -> Module? {
    get { modules[identifier] }
    set {
      modules[identifier] = newValue
      stack = ModuleStack(modules: modules, configuration: configuration)
    }
  }

  /// Reads one module from the model's files again.
  package func load(_ identifier: ModuleID) throws(ModelError) {
    self[identifier] = try loader.load(identifier)
  }

  /// Bytes of the weights in memory.
  package var byteCount: Int { modules.values.reduce(0) { $0 + $1.byteCount } }

  /// A cache for this model's keys and values.
  package func makeCache(blockCount: Int, blockLength: Int) -> KVStore {
    KVStore(
      shape: configuration.cacheShape(format: format, blockLength: blockLength),
      blockCount: blockCount
    )
  }

  /// Runs one step over rows of many sequences.
  ///
  /// - Parameters:
  ///   - tokens: one per row, as `batch` describes the rows.
  ///   - batch: where each row stands in its sequence and which cache blocks that sequence owns.
  ///   - logitRows: the rows whose logits are wanted.
  ///   - cache: gains the rows' keys and values.
  ///   - workspace: overwritten.
  /// - Returns: logits `[logitRows.count, vocabulary]`, valid until the next step with this workspace.
  package func forward(
    tokens: [Int32],
    batch: AttentionBatch,
    logitRows: [Int32],
    cache: KVStore,
    workspace: Workspace
  ) -> Matrix {
    precondition(tokens.count == batch.positions.count, "one token per row of the batch")
    precondition(tokens.count <= workspace.rowCapacity, "\(tokens.count) rows do not fit")
    guard let stack else { preconditionFailure("missing: \(missingModules)") }
    workspace.setAngles(for: batch, configuration: configuration)
    backend.embed(tokens, table: stack.embedding, into: workspace.hidden)
    for (index, layer) in stack.layers.enumerated() {
      attend(layer.attention, layer: index, batch, cache, workspace)
      switch layer.block {
      case .dense(let norm, let module): feedForward(norm, module, workspace)
      case .mixture(let mixture): mix(mixture, workspace)
      }
    }
    backend.gather(workspace.hidden, rows: logitRows, into: workspace.last)
    backend.rmsNorm(
      workspace.last.all,
      weight: stack.norm,
      epsilon: configuration.normEpsilon,
      into: workspace.last.all
    )
    backend.multiply(
      workspace.last,
      by: stack.head,
      bias: nil,
      accumulating: false,
      into: workspace.logits
    )
    return workspace.logits
  }

  /// Modules that must be loaded before a step can run.
  package var missingModules: [ModuleID] {
    configuration.moduleIDs.filter { modules[$0] == nil }
  }
}

extension ModelConfiguration {
  /// Exact models keep exact keys and values; the others keep them in 16 bits.
  package func cacheShape(format: WeightFormat, blockLength: Int) -> KVStore.Shape {
    KVStore.Shape(
      layerCount: layers.count,
      keyValueHeadCount: attention.keyValueHeadCount,
      headWidth: attention.headWidth,
      blockLength: blockLength,
      format: format == .float32 ? .float32 : .float16
    )
  }
}
