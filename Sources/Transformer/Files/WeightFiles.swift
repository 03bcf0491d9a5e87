import OrderedCollections
import OrderedJSON
package import Tensors

/// All tensors of a model folder by name, over one file or many shards; nothing is copied.
package struct WeightFiles: Sendable {
  private struct Location: Sendable {
    let file: SafetensorsFile
    let entry: SafetensorsFile.Entry
  }

  private var locations: [String: Location] = [:]

  /// Opens `model.safetensors`, or the shards that `model.safetensors.index.json` lists.
  init(folder: String) throws(ModelError) {
    let indexPath = "\(folder)/model.safetensors.index.json"
    guard FileReader.exists(indexPath) else {
      let path = "\(folder)/model.safetensors"
      guard FileReader.exists(path) else {
        throw .notAModelFolder(
          path: folder,
          reason: "it has neither model.safetensors nor model.safetensors.index.json"
        )
      }
      try add(path: path, only: nil)
      return
    }
    let index = try FileReader.json(at: indexPath)
    guard let map = index["weight_map"]?.objectValue else {
      throw .malformed(path: indexPath, reason: "'weight_map' must be an object")
    }
    var tensorsOfShard: [String: Set<String>] = [:]
    for (tensor, shard) in map {
      guard let name = shard.stringValue, name.hasSuffix(".safetensors"), !name.contains("/"),
        !name.hasPrefix(".")
      else {
        throw .malformed(
          path: indexPath,
          reason:
            "'weight_map' must name .safetensors files in the same folder, not \(shard.text.prefix(80))"
        )
      }
      tensorsOfShard[name, default: []].insert(tensor)
    }
    for shard in tensorsOfShard.keys.sorted() {
      try add(path: "\(folder)/\(shard)", only: tensorsOfShard[shard])
    }
  }

  private mutating func add(path: String, only names: Set<String>?) throws(ModelError) {
    let file = try SafetensorsFile(mapping: MappedFile(path: path))
    for (name, entry) in file.entries where names?.contains(name) ?? true {
      locations[name] = Location(file: file, entry: entry)
    }
  }

  /// Whether a tensor of this name exists.
  package func contains(_ name: String) -> Bool { locations[name] != nil }

  /// The tensor called `name`, which must have the shape `expected`.
  package func tensor(
    _ name: String,
    shape expected: [Int],
    for module: String
  ) throws(ModelError) -> RawTensor {
    guard let location = locations[name] else { throw .missingTensor(name: name, module: module) }
    guard location.entry.shape == expected else {
      throw .wrongShape(tensor: name, found: location.entry.shape, expected: expected)
    }
    return try location.file.tensor(name, location.entry)
  }
}
