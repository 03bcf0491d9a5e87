package import Scheduling
package import Tensors
package import Transformer

/// Runs step plans on a transformer, with the KV cache and the activations allocated once.
package final class TransformerRunner: ModelRunner {
  private let model: TransformerModel
  private let cache: KVStore
  private let workspace: Workspace
  private var batch = AttentionBatch()
  private var logitRows: [Int32] = []

  /// Takes the model over; the sizes are those that the engine plans with.
  package init(model: TransformerModel, configuration: EngineConfiguration) {
    self.model = model
    cache = model.makeCache(
      blockCount: configuration.kvBlockCount,
      blockLength: configuration.blockLength
    )
    workspace = Workspace(
      configuration: model.configuration,
      rowCapacity: configuration.rowCapacity,
      logitCapacity: configuration.maximumRunning
    )
  }

  package var vocabularyCount: Int { model.configuration.vocabularyCount }

  package var expertCounts: ExpertCounts? {
    model.configuration.mixture == nil ? nil : workspace.expertCounts
  }

  package func forward(_ plan: StepPlan) -> Matrix {
    batch.removeAll()
    logitRows.removeAll(keepingCapacity: true)
    for entry in plan.entries {
      batch.append(
        rowCount: entry.rows.count,
        firstPosition: entry.firstPosition,
        blockTable: entry.blockTable
      )
      if entry.isSampled { logitRows.append(Int32(entry.rows.upperBound - 1)) }
    }
    return model.forward(
      tokens: plan.tokens,
      batch: batch,
      logitRows: logitRows,
      cache: cache,
      workspace: workspace,
      brownout: plan.brownout.map(Brownout.init)
    )
  }
}

extension Brownout {
  /// What the scheduler decided, in the model's terms; which layers take part, the united experts' file says.
  fileprivate init(_ setting: BrownoutSetting) {
    self.init(
      threshold: setting.threshold,
      exemptEdgeCount: 0,
      fullQualityRows: setting.fullQualityRows
    )
  }
}
