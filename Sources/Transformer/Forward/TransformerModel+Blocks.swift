import Glibc
import Tensors

extension TransformerModel {
  /// Attention, residual: `hidden += output(attention(rotate(project(norm(hidden)))))`.
  func attend(
    _ module: AttentionModule,
    layer: Int,
    _ batch: AttentionBatch,
    _ cache: KVStore,
    _ workspace: Workspace
  ) {
    let attention = configuration.attention
    let epsilon = configuration.normEpsilon
    workspace.normalize(module.norm, epsilon, backend)
    backend.multiply(
      workspace.normed,
      by: module.projection,
      bias: module.projectionBias,
      accumulating: false,
      into: workspace.projected
    )
    let keyStart = attention.queryWidth
    let valueStart = keyStart + attention.keyValueWidth
    let queries = workspace.projected[columns: 0..<keyStart]
    let keys = workspace.projected[columns: keyStart..<valueStart]
    let values = workspace.projected[columns: valueStart..<valueStart + attention.keyValueWidth]
    if let norm = module.queryNorm {
      backend.rmsNorm(queries, weight: norm, epsilon: epsilon, into: queries)
    }
    if let norm = module.keyNorm {
      backend.rmsNorm(keys, weight: norm, epsilon: epsilon, into: keys)
    }
    if let clip = attention.clip { workspace.projected.clamp(to: clip) }
    let settings = configuration.layers[layer]
    let angles = workspace.angles[rotaryIndexOfLayer[layer]]
    backend.rotate(queries, angles: angles)
    backend.rotate(keys, angles: angles)
    backend.store(keys: keys, values: values, layer: layer, batch: batch, cache: cache)
    backend.attend(
      queries: queries,
      layer: layer,
      batch: batch,
      cache: cache,
      scale: 1 / Float(attention.headWidth).squareRoot(),
      window: settings.window,
      into: workspace.attended
    )
    backend.multiply(
      workspace.attended,
      by: module.output,
      bias: module.outputBias,
      accumulating: true,
      into: workspace.hidden
    )
  }

  /// Feed-forward, residual: `hidden += down(silu(gate(x)) · up(x))` with `x = norm(hidden)`.
  func feedForward(_ norm: [Float], _ module: FeedForwardModule, _ workspace: Workspace) {
    workspace.normalize(norm, configuration.normEpsilon, backend)
    let inner = workspace.feedForward
    activate(module, workspace.normed, inner)
    backend.multiply(
      inner.activated,
      by: module.down,
      bias: module.downBias,
      accumulating: true,
      into: workspace.hidden
    )
  }

  /// Mixture, residual: `hidden += Σ weight · expert(x)` over each token's experts, and the gated shared expert if there is one.
  func mix(_ module: MixtureModules, _ workspace: Workspace) {
    guard let settings = configuration.mixture, let inner = workspace.mixture else { return }
    workspace.normalize(module.norm, configuration.normEpsilon, backend)
    backend.multiply(
      workspace.normed,
      by: module.router,
      bias: nil,
      accumulating: false,
      into: inner.routerLogits
    )
    inner.routing.route(inner.routerLogits, mixture: settings)
    backend.gather(workspace.normed, rows: inner.routing.tokens, into: inner.gathered)
    inner.setGroups { module.experts[$0].gateUp }
    backend.multiplyGrouped(inner.gathered, groups: inner.groups, into: inner.experts.gateUp)
    backend.swiGLU(inner.experts.gateUp, into: inner.experts.activated)
    inner.setGroups { module.experts[$0].down }
    backend.multiplyGrouped(inner.experts.activated, groups: inner.groups, into: inner.outputs)
    backend.combine(inner.outputs, inner.routing.combination, into: workspace.hidden)
    if let shared = module.shared { mixShared(shared, inner, workspace) }
  }

  /// The shared expert, residual: `hidden += sigmoid(gate · x) · expert(x)`.
  private func mixShared(
    _ shared: MixtureModules.Shared,
    _ inner: MixtureWorkspace,
    _ workspace: Workspace
  ) {
    guard let block = inner.shared else { return }
    activate(shared.module, workspace.normed, block)
    backend.multiply(
      workspace.normed,
      by: shared.gate,
      bias: nil,
      accumulating: false,
      into: inner.sharedGate
    )
    inner.outputs.rowCount = workspace.normed.rowCount
    backend.multiply(
      block.activated,
      by: shared.module.down,
      bias: nil,
      accumulating: false,
      into: inner.outputs
    )
    inner.sharedCombination.removeAll()
    for row in 0..<workspace.normed.rowCount {
      let weight = 1 / (1 + expf(-inner.sharedGate[row: row][0]))
      inner.sharedCombination.append(index: Int32(row), weight: weight)
      inner.sharedCombination.closeRow()
    }
    backend.combine(inner.outputs, inner.sharedCombination, into: workspace.hidden)
  }

  private func activate(
    _ module: FeedForwardModule,
    _ input: Matrix,
    _ inner: FeedForwardWorkspace
  ) {
    backend.multiply(
      input,
      by: module.gateUp,
      bias: module.gateUpBias,
      accumulating: false,
      into: inner.gateUp
    )
    backend.swiGLU(inner.gateUp, into: inner.activated)
  }
}

extension Workspace {
  /// The input of a block: `normed = rmsNorm(hidden)`.
  fileprivate func normalize(_ weight: [Float], _ epsilon: Float, _ backend: any ComputeBackend) {
    normed.rowCount = hidden.rowCount
    backend.rmsNorm(hidden.all, weight: weight, epsilon: epsilon, into: normed.all)
  }

  /// Cosines and sines of every row's position; the angle is rounded to float32 as in the reference.
  func setAngles(for batch: AttentionBatch, configuration: ModelConfiguration) {
    for (rotary, matrix) in zip(configuration.distinctRotaries, angles) {
      matrix.rowCount = batch.positions.count
      let frequencies = rotary.frequencies
      let amplitude = rotary.amplitude
      for (row, position) in batch.positions.enumerated() {
        let target = matrix[row: row]
        for (index, frequency) in frequencies.enumerated() {
          let angle = Float(position) * frequency
          target[index] = cosf(angle) * amplitude
          target[frequencies.count + index] = sinf(angle) * amplitude
        }
      }
    }
  }
}

extension MixtureWorkspace {
  fileprivate func setGroups(_ weights: (Int) -> WeightMatrix) {
    groups.removeAll(keepingCapacity: true)
    for group in routing.groups {
      groups.append(RowGroup(rows: group.pairs, weights: weights(group.expert)))
    }
  }
}

extension Matrix {
  /// Limits every number in use to ±`bound`.
  fileprivate func clamp(to bound: Float) {
    for index in 0..<rowCount * columnCount {
      elements[index] = min(max(elements[index], -bound), bound)
    }
  }
}
