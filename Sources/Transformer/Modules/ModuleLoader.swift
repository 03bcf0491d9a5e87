import Tensors

/// Makes modules from the tensors of a model folder.
///
/// The names are those of Hugging Face checkpoints; where families or versions spell a role differently, the
/// spellings stand side by side and the first that exists is taken.
struct ModuleLoader {
  let configuration: ModelConfiguration
  let files: WeightFiles
  let format: WeightFormat

  func load(_ identifier: ModuleID) throws(ModelError) -> Module {
    let width = configuration.hiddenWidth
    switch identifier {
    case .embedding:
      return .embedding(
        try matrix(["model.embed_tokens"], [configuration.vocabularyCount, width], identifier)
      )
    case .attention(let layer): return .attention(try attention(layer, identifier))
    case .feedForward(let layer):
      return .feedForward(
        norm: try blockNorm(layer, identifier),
        try feedForward(
          [.init("model.layers.\(layer).mlp")],
          width: configuration.feedForwardWidth,
          hasBias: configuration.feedForwardHasBias,
          identifier
        )
      )
    case .router(let layer):
      let names = ["mlp.gate", "block_sparse_moe.gate"].map { "model.layers.\(layer).\($0)" }
      let tensor = try tensor(names, [expertCount, width], identifier)
      return .router(
        norm: try blockNorm(layer, identifier),
        weights: WeightMatrix(stacking: [tensor], format: .float32)
      )
    case .expert(let layer, let index):
      return .expert(try expert(layer: layer, index: index, identifier))
    case .sharedExpert(let layer):
      let prefix = "model.layers.\(layer).mlp"
      let gate = try tensor(["\(prefix).shared_expert_gate"], [1, width], identifier)
      return .sharedExpert(
        try feedForward(
          [.init("\(prefix).shared_expert")],
          width: configuration.mixture?.sharedExpertWidth ?? 0,
          hasBias: false,
          identifier
        ),
        gate: WeightMatrix(stacking: [gate], format: .float32)
      )
    case .norm: return .norm(try vector("model.norm.weight", width, identifier))
    case .head:
      return .head(try matrix(["lm_head"], [configuration.vocabularyCount, width], identifier))
    }
  }

  private var expertCount: Int { configuration.mixture?.expertCount ?? 0 }

  private func attention(
    _ layer: Int,
    _ identifier: ModuleID
  ) throws(ModelError) -> AttentionModule {
    let attention = configuration.attention
    let width = configuration.hiddenWidth
    let prefix = "model.layers.\(layer).self_attn"
    let parts = [
      ("q_proj", attention.queryWidth), ("k_proj", attention.keyValueWidth),
      ("v_proj", attention.keyValueWidth),
    ]
    var tensors: [RawTensor] = []
    var bias: [Float]? = attention.hasBias ? [] : nil
    for (name, rows) in parts {
      tensors.append(try tensor(["\(prefix).\(name)"], [rows, width], identifier))
      if attention.hasBias {
        bias?.append(contentsOf: try vector("\(prefix).\(name).bias", rows, identifier))
      }
    }
    let (queryNormWidth, keyNormWidth): (Int?, Int?) =
      switch attention.norm {
      case .none: (nil, nil)
      case .perHead: (attention.headWidth, attention.headWidth)
      case .wholeProjection: (attention.queryWidth, attention.keyValueWidth)
      }
    return AttentionModule(
      norm: try vector("model.layers.\(layer).input_layernorm.weight", width, identifier),
      projection: WeightMatrix(stacking: tensors, format: format),
      projectionBias: bias,
      queryNorm: try vector("\(prefix).q_norm.weight", ifOf: queryNormWidth, identifier),
      keyNorm: try vector("\(prefix).k_norm.weight", ifOf: keyNormWidth, identifier),
      output: try matrix(["\(prefix).o_proj"], [width, attention.queryWidth], identifier),
      outputBias: try vector(
        "\(prefix).o_proj.bias",
        ifOf: attention.hasOutputBias ? width : nil,
        identifier
      )
    )
  }

  private func blockNorm(_ layer: Int, _ identifier: ModuleID) throws(ModelError) -> [Float] {
    try vector(
      "model.layers.\(layer).post_attention_layernorm.weight",
      configuration.hiddenWidth,
      identifier
    )
  }

  /// One spelling of the three projections of a feed-forward block.
  private struct Names {
    var gate, up, down: String

    init(
      _ prefix: String,
      gate: String = "gate_proj",
      up: String = "up_proj",
      down: String = "down_proj"
    ) {
      self.gate = "\(prefix).\(gate)"
      self.up = "\(prefix).\(up)"
      self.down = "\(prefix).\(down)"
    }
  }

  private func feedForward(
    _ spellings: [Names],
    width: Int,
    hasBias: Bool,
    _ identifier: ModuleID
  ) throws(ModelError) -> FeedForwardModule {
    let hidden = configuration.hiddenWidth
    let gate = try tensor(spellings.map(\.gate), [width, hidden], identifier)
    let up = try tensor(spellings.map(\.up), [width, hidden], identifier)
    let down = try tensor(spellings.map(\.down), [hidden, width], identifier)
    var module = FeedForwardModule(
      gateUp: WeightMatrix(stacking: [gate, up], format: format),
      gateUpBias: nil,
      down: WeightMatrix(stacking: [down], format: format),
      downBias: nil
    )
    if hasBias, let names = spellings.first {
      module.gateUpBias =
        try vector("\(names.gate).bias", width, identifier)
        + vector("\(names.up).bias", width, identifier)
      module.downBias = try vector("\(names.down).bias", hidden, identifier)
    }
    return module
  }

  /// A routed expert, from tensors of its own or from the layer's fused ones.
  private func expert(
    layer: Int,
    index: Int,
    _ identifier: ModuleID
  ) throws(ModelError) -> FeedForwardModule {
    let (hidden, width) = (configuration.hiddenWidth, configuration.mixture?.expertWidth ?? 0)
    let prefix = "model.layers.\(layer)"
    for block in ["mlp", "block_sparse_moe"] {
      let fused = "\(prefix).\(block).experts"
      guard files.contains("\(fused).gate_up_proj") else { continue }
      let gateUp = try files.tensor(
        "\(fused).gate_up_proj",
        shape: [expertCount, 2 * width, hidden],
        for: identifier.description
      )
      let down = try files.tensor(
        "\(fused).down_proj",
        shape: [expertCount, hidden, width],
        for: identifier.description
      )
      return FeedForwardModule(
        gateUp: WeightMatrix(stacking: [gateUp[index]], format: format),
        gateUpBias: nil,
        down: WeightMatrix(stacking: [down[index]], format: format),
        downBias: nil
      )
    }
    return try feedForward(
      [
        Names("\(prefix).mlp.experts.\(index)"),
        Names("\(prefix).block_sparse_moe.experts.\(index)", gate: "w1", up: "w3", down: "w2"),
      ],
      width: width,
      hasBias: false,
      identifier
    )
  }

  private func matrix(
    _ names: [String],
    _ shape: [Int],
    _ identifier: ModuleID
  ) throws(ModelError) -> WeightMatrix {
    WeightMatrix(stacking: [try tensor(names, shape, identifier)], format: format)
  }

  /// The first of `names` (without `.weight`) that exists.
  private func tensor(
    _ names: [String],
    _ shape: [Int],
    _ identifier: ModuleID
  ) throws(ModelError) -> RawTensor {
    let candidates = names.map { "\($0).weight" }
    let name = candidates.first(where: files.contains) ?? candidates[0]
    return try files.tensor(name, shape: shape, for: identifier.description)
  }

  private func vector(
    _ name: String,
    _ count: Int,
    _ identifier: ModuleID
  ) throws(ModelError) -> [Float] {
    try files.tensor(name, shape: [count], for: identifier.description).floats
  }

  private func vector(
    _ name: String,
    ifOf count: Int?,
    _ identifier: ModuleID
  ) throws(ModelError) -> [Float]? {
    guard let count else { return nil }
    return try vector(name, count, identifier)
  }
}
