import Glibc
package import Tensors

extension TransformerModel {
  /// One step: the logits of the rows `logitRows` after `tokens`, the rows of any number of sequences.
  ///
  /// A row's bits depend on its sequence alone, whatever else is in the step and however its sequence was cut
  /// into steps (see ``ComputeBackend``). Keys and values of all rows are written to `cache` at the places that
  /// `batch` names. With `brownout`, rows also depend on the rows beside them (see ``Brownout``);
  /// ``Workspace/expertCounts`` tells what the step read.
  ///
  /// - Returns: `[logitRows.count, vocabulary]`, valid until the next step in `workspace`.
  package func forward(
    tokens: [Int32],
    batch: AttentionBatch,
    logitRows: [Int32],
    cache: KVStore,
    workspace: Workspace,
    brownout: Brownout? = nil
  ) -> Matrix {
    precondition(tokens.count == batch.positions.count, "a position for every token")
    precondition(tokens.count <= workspace.rowCapacity, "\(tokens.count) rows")
    for (rotary, angles) in zip(rotaries, workspace.angles) {
      rotary.fill(angles, positions: batch.positions)
    }
    backend.embed(tokens, table: loaded(embedding, .embed).table, into: workspace.hidden)
    workspace.normalized.rowCount = tokens.count
    workspace.expertCounts.start(rowCount: tokens.count)
    for layer in layers.indices {
      attend(layer, batch, cache, workspace)
      switch configuration.layers[layer].feedForward {
      case .dense: feedForward(layer, workspace)
      case .mixture(let mixture): mix(layer, mixture, brownout, workspace)
      }
    }
    return logits(logitRows, workspace)
  }

  /// `hidden += output(attention(rotate(queries, keys), values))`.
  private func attend(
    _ layer: Int,
    _ batch: AttentionBatch,
    _ cache: KVStore,
    _ workspace: Workspace
  ) {
    let module = loaded(layers[layer].attention, .attention(layer: layer))
    normalize(workspace, module.norm)
    let projected = workspace.queryKeyValue
    backend.multiply(
      workspace.normalized,
      by: module.queryKeyValue,
      bias: module.queryKeyValueBias,
      accumulating: false,
      into: projected
    )
    let (queryWidth, keyValueWidth) = (configuration.queryWidth, configuration.keyValueWidth)
    let queries = projected[columns: 0..<queryWidth]
    let keys = projected[columns: queryWidth..<(queryWidth + keyValueWidth)]
    let values = projected[columns: (queryWidth + keyValueWidth)..<projected.columnCount]
    if let weight = module.queryNorm { normalize(queries, weight) }
    if let weight = module.keyNorm { normalize(keys, weight) }
    if let limit = configuration.attention.clip { projected.clamp(to: limit) }
    let angles = workspace.angles[configuration.layers[layer].rotaryIndex]
    backend.rotate(queries, angles: angles)
    backend.rotate(keys, angles: angles)
    backend.store(keys: keys, values: values, layer: layer, batch: batch, cache: cache)
    backend.attend(
      queries: queries,
      layer: layer,
      batch: batch,
      cache: cache,
      scale: 1 / Float(configuration.headWidth).squareRoot(),
      window: configuration.layers[layer].window,
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

  /// `hidden += down(swiGLU(gateUp(norm(hidden))))`.
  private func feedForward(_ layer: Int, _ workspace: Workspace) {
    let module = loaded(layers[layer].feedForward, .feedForward(layer: layer))
    guard let activations = workspace.dense else {
      preconditionFailure("a workspace of another model")
    }
    if let norm = module.norm { normalize(workspace, norm) }
    activate(workspace.normalized, module, activations)
    backend.multiply(
      activations.activated,
      by: module.down,
      bias: module.downBias,
      accumulating: true,
      into: workspace.hidden
    )
  }

  /// `hidden += Σ weight · expert(norm(hidden))` over each token's experts, then the shared expert's part.
  private func mix(
    _ layer: Int,
    _ mixture: MixtureConfiguration,
    _ brownout: Brownout?,
    _ workspace: Workspace
  ) {
    let router = loaded(layers[layer].router, .router(layer: layer))
    guard let memory = workspace.mixture else {
      preconditionFailure("a workspace of another model")
    }
    normalize(workspace, router.norm)
    backend.multiply(
      workspace.normalized,
      by: router.weights,
      bias: nil,
      accumulating: false,
      into: memory.scores
    )
    memory.routing.topK = mixture.topK
    memory.routing.route(memory.scores, normalizing: mixture.normalizesWeights)
    workspace.observeMixture?(layer, workspace.normalized, memory.routing)
    if let brownout, brownout.reaches(layer: layer, of: layers.count) {
      divert(layer, mixture, brownout, memory)
      workspace.expertCounts.note(memory.routing, memory.split)
    } else {
      memory.schedule.sort(memory.routing, expertCount: mixture.expertCount)
    }
    workspace.expertCounts.note(memory.routing, memory.schedule)
    runExperts(layer, memory, workspace)
    if mixture.sharedExpertWidth != nil { addSharedExpert(layer, memory, workspace) }
  }

  /// Schedules a layer's pairs with some of its experts replaced.
  private func divert(
    _ layer: Int,
    _ mixture: MixtureConfiguration,
    _ brownout: Brownout,
    _ memory: MixtureWorkspace
  ) {
    let united = layers[layer].united
    memory.split.decide(
      memory.routing,
      expertCount: mixture.expertCount,
      groups: configuration.united?.groups[layer] ?? [],
      hasUnited: { united[$0] != nil },
      brownout
    )
    memory.schedule.sort(memory.routing, by: memory.split)
  }

  /// The layer's expert in a slot of the schedule: its own ones first, then the united ones.
  private func expert(_ layer: Int, slot: Int) -> FeedForward {
    let experts = layers[layer].experts
    return slot < experts.count
      ? loaded(experts[slot], .expert(layer: layer, index: slot))
      : loaded(
        layers[layer].united[slot - experts.count],
        .united(layer: layer, group: slot - experts.count)
      )
  }

  /// Every scheduled pair of token and expert, then their weighted sum into `hidden`.
  private func runExperts(_ layer: Int, _ memory: MixtureWorkspace, _ workspace: Workspace) {
    guard !memory.schedule.groups.isEmpty else { return }
    backend.gather(workspace.normalized, rows: memory.schedule.tokens, into: memory.inputs)
    groupRows(of: layer, memory) { $0.gateUp }
    backend.multiplyGrouped(memory.inputs, groups: memory.groups, into: memory.experts.gateUp)
    backend.swiGLU(memory.experts.gateUp, into: memory.experts.activated)
    groupRows(of: layer, memory) { $0.down }
    backend.multiplyGrouped(memory.experts.activated, groups: memory.groups, into: memory.outputs)
    backend.combine(memory.outputs, memory.schedule.combination, into: workspace.hidden)
    // A dropped expert's memory is not held until the next step.
    memory.groups.removeAll(keepingCapacity: true)
  }

  /// Refills `memory.groups` with the scheduled rows of each expert and one of its matrices.
  private func groupRows(
    of layer: Int,
    _ memory: MixtureWorkspace,
    _ matrix: (FeedForward) -> WeightMatrix
  ) {
    memory.groups.removeAll(keepingCapacity: true)
    for group in memory.schedule.groups {
      let expert = expert(layer, slot: group.expert)
      memory.groups.append(RowGroup(rows: group.pairs, weights: matrix(expert)))
    }
  }

  /// `hidden += sigmoid(gate(x)) · sharedExpert(x)`.
  private func addSharedExpert(_ layer: Int, _ memory: MixtureWorkspace, _ workspace: Workspace) {
    let module = loaded(layers[layer].sharedExpert, .sharedExpert(layer: layer))
    guard let shared = memory.shared, let gate = module.outputGate else {
      preconditionFailure("layer \(layer) has a shared expert without a gate")
    }
    let input = workspace.normalized
    activate(input, module, shared.feedForward)
    backend.multiply(
      shared.feedForward.activated,
      by: module.down,
      bias: module.downBias,
      accumulating: false,
      into: shared.output
    )
    backend.multiply(input, by: gate, bias: nil, accumulating: false, into: shared.gate)
    shared.combination.scaleRows(by: shared.gate)
    backend.combine(shared.output, shared.combination, into: workspace.hidden)
  }

  private func activate(
    _ input: Matrix,
    _ module: FeedForward,
    _ activations: FeedForwardWorkspace
  ) {
    backend.multiply(
      input,
      by: module.gateUp,
      bias: module.gateUpBias,
      accumulating: false,
      into: activations.gateUp
    )
    backend.swiGLU(activations.gateUp, into: activations.activated)
  }

  private func logits(_ rows: [Int32], _ workspace: Workspace) -> Matrix {
    precondition(rows.count <= workspace.logitCapacity, "\(rows.count) rows of logits")
    let last = workspace.last
    backend.gather(workspace.hidden, rows: rows, into: last)
    backend.rmsNorm(
      last.all,
      weight: loaded(norm, .norm).weight,
      epsilon: configuration.normEpsilon,
      into: last.all
    )
    backend.multiply(
      last,
      by: loaded(head, .head).weights,
      bias: nil,
      accumulating: false,
      into: workspace.logits
    )
    return workspace.logits
  }

  private func normalize(_ workspace: Workspace, _ weight: [Float]) {
    backend.rmsNorm(
      workspace.hidden.all,
      weight: weight,
      epsilon: configuration.normEpsilon,
      into: workspace.normalized.all
    )
  }

  /// In place, per head or over the whole slice.
  private func normalize(_ slice: MatrixSlice, _ weight: [Float]) {
    backend.rmsNorm(slice, weight: weight, epsilon: configuration.normEpsilon, into: slice)
  }

  private func loaded<Module>(_ module: Module?, _ id: @autoclosure () -> ModuleID) -> Module {
    guard let module else { preconditionFailure("module \(id()) is not loaded") }
    return module
  }
}

extension Matrix {
  /// Clamps every number of the rows in use to `-limit...limit`.
  fileprivate func clamp(to limit: Float) {
    for row in 0..<rowCount {
      let values = self[row: row]
      for index in values.indices { values[index] = min(max(values[index], -limit), limit) }
    }
  }
}

extension RowCombination {
  /// Each row by itself, scaled by the sigmoid of its number in `logits` `[n, 1]`.
  fileprivate mutating func scaleRows(by logits: Matrix) {
    removeAll()
    for row in 0..<logits.rowCount {
      append(index: Int32(row), weight: 1 / (1 + expf(-logits[row: row][0])))
      closeRow()
    }
  }
}
