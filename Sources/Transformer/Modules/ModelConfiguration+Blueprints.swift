extension ModelConfiguration {
  /// The ids of all modules in the order of computation.
  package var moduleIDs: [ModuleID] {
    var ids = [ModuleID.embed]
    for (layer, configuration) in layers.enumerated() {
      ids.append(.attention(layer: layer))
      switch configuration.feedForward {
      case .dense: ids.append(.feedForward(layer: layer))
      case .mixture(let mixture):
        ids.append(.router(layer: layer))
        ids += (0..<mixture.expertCount).map { .expert(layer: layer, index: $0) }
        if mixture.sharedExpertWidth != nil { ids.append(.sharedExpert(layer: layer)) }
        ids += (0..<unitedCount(layer: layer)).map { .united(layer: layer, group: $0) }
      }
    }
    return ids + [.norm, .head]
  }

  /// What the module `id` is made of; nil if the model has no such module.
  func blueprint(_ id: ModuleID) -> ModuleBlueprint? {
    parts(of: id).map { ModuleBlueprint(id: id, parts: $0) }
  }

  private func parts(of id: ModuleID) -> [ModuleBlueprint.Part]? {
    switch id {
    case .embed: [embeddingTable]
    case .attention(let layer):
      layers.indices.contains(layer) ? attentionParts("model.layers.\(layer).") : nil
    case .feedForward(let layer): denseParts(layer)
    case .router(let layer): mixture(layer).map { routerParts(layer, $0) }
    case .expert(let layer, let index):
      mixture(layer).flatMap {
        (0..<$0.expertCount).contains(index) ? expertParts(layer, index, $0) : nil
      }
    case .sharedExpert(let layer):
      mixture(layer)?.sharedExpertWidth.map { sharedExpertParts(layer, width: $0) }
    case .united(let layer, let group):
      (0..<unitedCount(layer: layer)).contains(group) ? unitedParts(layer, group) : nil
    case .norm: [vector(.norm, "model.norm.weight", hiddenWidth)]
    case .head: [headWeights]
    }
  }

  private func mixture(_ layer: Int) -> MixtureConfiguration? {
    guard layers.indices.contains(layer), case .mixture(let mixture) = layers[layer].feedForward
    else { return nil }
    return mixture
  }

  private var embeddingTable: ModuleBlueprint.Part {
    matrix(.weights, [("model.embed_tokens.weight", vocabularyCount)], hiddenWidth)
  }

  private var headWeights: ModuleBlueprint.Part {
    tiesEmbeddings
      ? embeddingTable : matrix(.weights, [("lm_head.weight", vocabularyCount)], hiddenWidth)
  }

  private func attentionParts(_ prefix: String) -> [ModuleBlueprint.Part] {
    let projection = prefix + "self_attn."
    let widths = [("q", queryWidth), ("k", keyValueWidth), ("v", keyValueWidth)]
    var parts = [
      vector(.norm, prefix + "input_layernorm.weight", hiddenWidth),
      matrix(
        .queryKeyValue,
        widths.map { ("\(projection)\($0.0)_proj.weight", $0.1) },
        hiddenWidth
      ),
      matrix(.output, [(projection + "o_proj.weight", hiddenWidth)], queryWidth),
    ]
    if attention.hasQueryKeyValueBias {
      parts.append(
        vector(.queryKeyValueBias, widths.map { ("\(projection)\($0.0)_proj.bias", $0.1) })
      )
    }
    if attention.hasOutputBias {
      parts.append(vector(.outputBias, projection + "o_proj.bias", hiddenWidth))
    }
    if attention.queryKeyNorm != .none {
      let isPerHead = attention.queryKeyNorm == .perHead
      parts += [
        vector(.queryNorm, projection + "q_norm.weight", isPerHead ? headWidth : queryWidth),
        vector(.keyNorm, projection + "k_norm.weight", isPerHead ? headWidth : keyValueWidth),
      ]
    }
    return parts
  }

  private func denseParts(_ layer: Int) -> [ModuleBlueprint.Part]? {
    guard layers.indices.contains(layer), case .dense(let width) = layers[layer].feedForward
    else { return nil }
    let prefix = "model.layers.\(layer)."
    var parts =
      [vector(.norm, prefix + "post_attention_layernorm.weight", hiddenWidth)]
      + gatedParts(prefix + "mlp.", width: width)
    if hasFeedForwardBias {
      let names = ["gate", "up"].map { ("\(prefix)mlp.\($0)_proj.bias", width) }
      parts += [
        vector(.gateUpBias, names),
        vector(.downBias, prefix + "mlp.down_proj.bias", hiddenWidth),
      ]
    }
    return parts
  }

  private func gatedParts(_ prefix: String, width: Int) -> [ModuleBlueprint.Part] {
    [
      matrix(.gateUp, ["gate", "up"].map { ("\(prefix)\($0)_proj.weight", width) }, hiddenWidth),
      matrix(.down, [(prefix + "down_proj.weight", hiddenWidth)], width),
    ]
  }

  private func routerParts(
    _ layer: Int,
    _ mixture: MixtureConfiguration
  ) -> [ModuleBlueprint.Part] {
    let prefix = "model.layers.\(layer)."
    let shape = [mixture.expertCount, hiddenWidth]
    let locations = mixtureNames.blocks.map {
      TensorRequirement.Location(name: "\(prefix)\($0).gate.weight", shape: shape)
    }
    return [
      vector(.norm, prefix + "post_attention_layernorm.weight", hiddenWidth),
      ModuleBlueprint.Part(
        role: .weights,
        tensors: [TensorRequirement(shape: shape, locations: locations)],
        storage: .exactMatrix
      ),
    ]
  }

  /// An expert's tensors, each by itself or within a tensor that stacks all experts of the layer, as
  /// transformers 5 keeps them: `gate_up_proj` `[experts, 2·I, H]`, gate first, and `down_proj`
  /// `[experts, H, I]`.
  private func expertParts(
    _ layer: Int,
    _ index: Int,
    _ mixture: MixtureConfiguration
  ) -> [ModuleBlueprint.Part] {
    let (count, width) = (mixture.expertCount, mixture.expertWidth)
    let prefixes = mixtureNames.blocks.map { "model.layers.\(layer).\($0).experts." }
    func requirement(
      _ name: String,
      _ shape: [Int],
      fused: (name: String, shape: [Int]),
      rows: Range<Int>
    ) -> TensorRequirement {
      TensorRequirement(
        shape: shape,
        locations: prefixes.map { .init(name: "\($0)\(index).\(name).weight", shape: shape) }
          + prefixes.map {
            .init(name: $0 + fused.name, shape: fused.shape, index: index, rows: rows)
          }
      )
    }
    let gateUp = ("gate_up_proj", [count, 2 * width, hiddenWidth])
    let (above, below) = (0..<width, width..<(2 * width))
    return [
      ModuleBlueprint.Part(
        role: .gateUp,
        tensors: [
          requirement(mixtureNames.gate, [width, hiddenWidth], fused: gateUp, rows: above),
          requirement(mixtureNames.up, [width, hiddenWidth], fused: gateUp, rows: below),
        ],
        storage: .packed
      ),
      ModuleBlueprint.Part(
        role: .down,
        tensors: [
          requirement(
            mixtureNames.down,
            [hiddenWidth, width],
            fused: ("down_proj", [count, hiddenWidth, width]),
            rows: 0..<hiddenWidth
          )
        ],
        storage: .packed
      ),
    ]
  }

  private func sharedExpertParts(_ layer: Int, width: Int) -> [ModuleBlueprint.Part] {
    let prefix = "model.layers.\(layer).mlp.shared_expert"
    return gatedParts(prefix + ".", width: width) + [
      ModuleBlueprint.Part(
        role: .outputGate,
        tensors: [TensorRequirement(prefix + "_gate.weight", [1, hiddenWidth])],
        storage: .exactMatrix
      )
    ]
  }

  /// A united expert has the size of the experts for which it stands.
  private func unitedParts(_ layer: Int, _ group: Int) -> [ModuleBlueprint.Part]? {
    mixture(layer).map {
      gatedParts(UnitedExperts.tensorPrefix(layer: layer, group: group), width: $0.expertWidth)
    }
  }

  private var mixtureNames: MixtureTensorNames {
    ModelFamily.of(self).mixture?.names ?? MixtureTensorNames()
  }

  private func matrix(
    _ role: ModuleBlueprint.Role,
    _ rows: [(name: String, count: Int)],
    _ columnCount: Int
  ) -> ModuleBlueprint.Part {
    ModuleBlueprint.Part(
      role: role,
      tensors: rows.map { TensorRequirement($0.name, [$0.count, columnCount]) },
      storage: .packed
    )
  }

  private func vector(
    _ role: ModuleBlueprint.Role,
    _ parts: [(name: String, count: Int)]
  ) -> ModuleBlueprint.Part {
    ModuleBlueprint.Part(
      role: role,
      tensors: parts.map { TensorRequirement($0.name, [$0.count]) },
      storage: .vector
    )
  }

  private func vector(
    _ role: ModuleBlueprint.Role,
    _ name: String,
    _ count: Int
  ) -> ModuleBlueprint.Part {
    vector(role, [(name, count)])
  }
}
