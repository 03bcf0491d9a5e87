import OrderedJSON

/// Where a family's configuration describes its mixture of experts, and what its tensors are called.
struct MixtureRule: Sendable {
  /// Which weights of the chosen experts are scaled to sum to one.
  enum Normalization: Sendable {
    case always
    /// As `norm_topk_prob` says, by default not.
    case configured
  }

  /// Keys that may hold the number of experts, the family's own first.
  var expertCountKeys: [String]
  var defaultExpertCount: Int
  var defaultTopK: Int
  var expertWidthKey: String
  var defaultExpertWidth: Int?
  var sharedExpertWidthKey: String?
  var defaultSharedExpertWidth: Int?
  var normalization = Normalization.configured
  /// Whether `decoder_sparse_step` and `mlp_only_layers` make some layers dense.
  var mayHaveDenseLayers = false
  var names = MixtureTensorNames()

  /// The feed-forward block of every layer.
  func feedForwards(
    _ reader: ConfigurationReader,
    layerCount: Int
  ) throws(ModelError) -> [FeedForwardConfiguration] {
    let isMixture = try mixtureLayers(reader, layerCount: layerCount)
    let mixture = isMixture.contains(true) ? try configuration(reader, layerCount) : nil
    let width =
      isMixture.contains(false)
      ? try reader.integer("intermediate_size", in: 1...ConfigurationLimits.feedForwardWidth) : 0
    return isMixture.map { isMixture in
      if isMixture, let mixture { .mixture(mixture) } else { .dense(width: width) }
    }
  }

  private func expertCountKey(_ reader: ConfigurationReader) -> String {
    expertCountKeys.first { reader[$0] != nil } ?? expertCountKeys[0]
  }

  private func configuration(
    _ reader: ConfigurationReader,
    _ layerCount: Int
  ) throws(ModelError) -> MixtureConfiguration {
    let countKey = expertCountKey(reader)
    let limit = min(
      ConfigurationLimits.expertCount,
      ConfigurationLimits.moduleCount / layerCount
    )
    let count = try reader.integer(countKey, in: 1...limit, default: defaultExpertCount)
    let topK = try reader.integer(
      "num_experts_per_tok",
      in: 1...count,
      default: min(defaultTopK, count)
    )
    let widths = 1...ConfigurationLimits.feedForwardWidth
    var sharedWidth: Int?
    if let key = sharedExpertWidthKey {
      sharedWidth = try reader.integer(key, in: widths, default: defaultSharedExpertWidth)
    }
    return MixtureConfiguration(
      expertCount: count,
      topK: topK,
      expertWidth: try reader.integer(expertWidthKey, in: widths, default: defaultExpertWidth),
      normalizesWeights: normalization == .always
        ? true : try reader.bool("norm_topk_prob", default: false),
      sharedExpertWidth: sharedWidth
    )
  }

  /// A layer is a mixture when it is not listed in `mlp_only_layers` and its number, counted from one, is a
  /// multiple of `decoder_sparse_step`.
  private func mixtureLayers(
    _ reader: ConfigurationReader,
    layerCount: Int
  ) throws(ModelError) -> [Bool] {
    guard mayHaveDenseLayers else { return Array(repeating: true, count: layerCount) }
    let key = expertCountKey(reader)
    if reader[key]?.integerValue == 0 { return Array(repeating: false, count: layerCount) }
    let step = try reader.integer("decoder_sparse_step", in: 1...Int(Int32.max), default: 1)
    var dense: Set<Int> = []
    if let value = reader["mlp_only_layers"] {
      let listed = value.arrayValue?.compactMap(\.integerValue)
      guard let listed, listed.count == value.arrayValue?.count else {
        throw reader.invalid("mlp_only_layers", value, allowed: "a list of layer indices")
      }
      dense = Set(listed)
    }
    return (0..<layerCount).map { !dense.contains($0) && ($0 + 1).isMultiple(of: step) }
  }
}

/// The names of a mixture's tensors below `model.layers.N.`.
struct MixtureTensorNames: Sendable {
  /// What the block may be called; the first is what the published checkpoints say.
  var blocks = ["mlp"]
  var gate = "gate_proj"
  var up = "up_proj"
  var down = "down_proj"
}
