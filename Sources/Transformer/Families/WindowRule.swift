import OrderedJSON

/// Which layers of a family see only a window of latest positions.
enum WindowRule: Sendable {
  case never
  /// All, when `sliding_window` is a number; `defaultLength` when the key is absent.
  case always(defaultLength: Int?)
  /// With `use_sliding_window`: those that `layer_types` lists, else those for which `isWindowed` holds, given
  /// the layer's index and `max_window_layers`.
  case onDemand(isWindowed: @Sendable (_ layer: Int, _ maximumWindowLayers: Int) -> Bool)

  /// The window of every layer.
  func windows(_ reader: ConfigurationReader, layerCount: Int) throws(ModelError) -> [Int?] {
    let lengths = 1...ConfigurationLimits.positionCount
    switch self {
    case .never:
      return Array(repeating: nil, count: layerCount)
    case .always(let defaultLength):
      let isAbsent = reader["sliding_window"] == nil
      let fallback = reader.isNull("sliding_window") ? nil : defaultLength
      let length = isAbsent ? fallback : try reader.integer("sliding_window", in: lengths)
      return Array(repeating: length, count: layerCount)
    case .onDemand(let isWindowed):
      guard try reader.bool("use_sliding_window", default: false), !reader.isNull("sliding_window")
      else { return Array(repeating: nil, count: layerCount) }
      let length = try reader.integer("sliding_window", in: lengths, default: 4096)
      if let listed = try Self.listed(reader, layerCount: layerCount) {
        return listed.map { $0 ? length : nil }
      }
      let limit = try reader.integer("max_window_layers", in: 0...Int(Int32.max), default: 28)
      return (0..<layerCount).map { isWindowed($0, limit) ? length : nil }
    }
  }

  /// For every layer, whether `layer_types` says that it has a window; nil if the key is absent.
  private static func listed(
    _ reader: ConfigurationReader,
    layerCount: Int
  ) throws(ModelError) -> [Bool]? {
    guard let value = reader["layer_types"] else { return nil }
    let types = value.arrayValue?.compactMap(\.stringValue) ?? []
    guard types.count == layerCount,
      types.allSatisfy({ $0 == "full_attention" || $0 == "sliding_attention" })
    else {
      throw reader.invalid(
        "layer_types",
        value,
        allowed: "\(layerCount) times \"full_attention\" or \"sliding_attention\""
      )
    }
    return types.map { $0 == "sliding_attention" }
  }
}
