package import OrderedJSON

/// Which experts share a united expert: groups of up to `way` experts for each mixture that has some.
package struct UnitedExperts: Sendable, Hashable {
  /// Most members of a group.
  package let way: Int
  /// For each layer, the group of each of its experts; empty where no united experts are.
  package let groups: [[Int]]

  /// - Precondition: the groups of a layer are numbered from 0 without a gap and have at most `way` members.
  package init(way: Int, groups: [[Int]]) {
    precondition(groups.allSatisfy { Self.isGrouping($0, way: way) }, "\(groups) by \(way)")
    self.way = way
    self.groups = groups
  }

  /// Neighbours by index, the grouping of the paper.
  package static func neighbours(expertCount: Int, way: Int) -> [Int] {
    (0..<expertCount).map { $0 / way }
  }

  package func groupCount(layer: Int) -> Int { (groups[layer].max() ?? -1) + 1 }

  private static func isGrouping(_ groups: [Int], way: Int) -> Bool {
    guard let last = groups.max() else { return true }
    guard groups.allSatisfy({ $0 >= 0 }), last < groups.count else { return false }
    var sizes = Array(repeating: 0, count: last + 1)
    for group in groups { sizes[group] += 1 }
    return sizes.allSatisfy { (1...max(way, 1)).contains($0) }
  }
}

extension UnitedExperts {
  /// The file beside a model's weights that holds its united experts.
  package static func fileName(way: Int) -> String { "united-experts-\(way).safetensors" }

  /// The name of a united expert's tensors up to `gate_proj.weight`, `up_proj.weight`, `down_proj.weight`.
  package static func tensorPrefix(layer: Int, group: Int) -> String {
    "model.layers.\(layer).mlp.united.\(group)."
  }

  /// What the file's header says of the groups.
  package var json: JSON {
    [
      "way": .integer(way),
      "groups": .array(groups.map { .array($0.map(JSON.integer)) }),
    ]
  }

  /// Reads what ``json`` writes, for a model of this configuration.
  init(_ text: String?, file: String, _ model: ModelConfiguration) throws(ModelError) {
    let json: JSON
    do {
      json = try JSON(parsing: text ?? "null", maximumDepth: 8)
    } catch {
      throw .malformedJSON(path: file, error)
    }
    let reader = try ConfigurationReader(json, file: file)
    let way = try reader.integer("way", in: 2...ConfigurationLimits.expertCount)
    let groups = (reader["groups"]?.arrayValue ?? []).map { layer in
      (layer.arrayValue ?? []).map { $0.integerValue ?? -1 }
    }
    let isSound =
      groups.count == model.layerCount
      && zip(groups, model.layers).allSatisfy { groups, layer in
        guard case .mixture(let mixture) = layer.feedForward else { return groups.isEmpty }
        return groups.isEmpty
          || (groups.count == mixture.expertCount && Self.isGrouping(groups, way: way))
      }
    guard isSound else {
      throw reader.invalid(
        "groups",
        reader["groups"],
        allowed: "for each layer of this model the group of each expert, at most \(way) to a group"
      )
    }
    self.init(way: way, groups: groups)
  }
}

extension ModelConfiguration {
  /// How many united experts a layer has.
  package func unitedCount(layer: Int) -> Int {
    guard let united, layers.indices.contains(layer) else { return 0 }
    return united.groupCount(layer: layer)
  }
}
