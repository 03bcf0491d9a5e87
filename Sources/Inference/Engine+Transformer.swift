package import Telemetry
package import Tensors
package import Tokenization
package import Transformer

extension StreamingDetokenizer: TextDecoding {}

extension Engine {
  /// An engine that serves `model`, whose text is that of `tokenizer`.
  package convenience init(
    model: sending TransformerModel,
    tokenizer: Tokenizer,
    configuration: EngineConfiguration,
    registry: MetricRegistry
  ) {
    self.init(
      runner: TransformerRunner(model: model, configuration: configuration),
      configuration: configuration,
      registry: registry,
      makeDecoder: { StreamingDetokenizer(tokenizer, skipSpecialTokens: $0) }
    )
  }
}

extension MemoryPlan.Demand {
  /// What serving a model of this configuration takes; `weights` is the bytes of its modules in `format`.
  package init(
    _ model: ModelConfiguration,
    format: WeightFormat,
    weights: Int,
    engine: EngineConfiguration,
    requestedCache: Int?
  ) {
    self.init(
      weights: weights,
      workspace: Workspace.byteCount(
        configuration: model,
        rowCapacity: engine.rowCapacity,
        logitCapacity: engine.maximumRunning
      ),
      perBlock: model.cacheShape(format: format, blockLength: engine.blockLength).bytesPerBlock,
      blockLength: engine.blockLength,
      maximumModelLength: engine.maximumModelLength,
      maximumRunning: engine.maximumRunning,
      requestedCache: requestedCache
    )
  }
}
