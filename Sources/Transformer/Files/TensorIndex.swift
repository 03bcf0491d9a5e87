import OrderedCollections
import OrderedJSON
import Safetensors
import Tensors

/// The tensors of a model folder by name, in one weight file or several; memory-mapped, none copied.
struct TensorIndex: Sendable {
  private var files: [MappedFile] = []
  private var places: [String: Place] = [:]

  private struct Place: Sendable {
    let file: Int
    let entry: SafetensorsHeader.Entry
  }

  /// Bytes of all weight files.
  var byteCount: Int { files.reduce(0) { $0 + $1.bytes.count } }

  /// Where the weight files lie.
  var paths: [String] { files.map(\.path) }

  /// The tensors' names, in no particular order.
  var names: some Collection<String> { places.keys }

  /// Maps the weight files of the folder at `path` and checks their headers.
  init(folder path: String) throws(ModelError) {
    for shard in try Self.shards(in: path) { try add(path + "/" + shard) }
  }

  /// Maps one more weight file, whose tensors join the others; returns what its header notes beside them.
  @discardableResult
  mutating func add(_ path: String) throws(ModelError) -> [String: String] {
    let file = try MappedFile(path: path)
    let header: SafetensorsHeader
    do {
      header = try SafetensorsHeader(parsing: file.bytes)
    } catch {
      throw .malformedWeights(path: file.path, error)
    }
    for (name, entry) in header.entries { places[name] = Place(file: files.count, entry: entry) }
    files.append(file)
    return header.metadata
  }

  /// The names of the weight files: one whole file, else those that the index lists.
  private static func shards(in folder: String) throws(ModelError) -> [String] {
    let single = "model.safetensors"
    let indexPath = folder + "/model.safetensors.index.json"
    if MappedFile.exists(folder + "/" + single) || !MappedFile.exists(indexPath) { return [single] }
    let reader = try ConfigurationReader(path: indexPath)
    var shards: Set<String> = []
    for (tensor, shard) in try reader.object("weight_map") {
      guard let name = shard.stringValue else {
        throw reader.invalid("weight_map.\(tensor)", shard, allowed: "a file name")
      }
      guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.contains("\0")
      else { throw .unsafeShardName(name) }
      shards.insert(name)
    }
    return shards.sorted()
  }

  /// The tensor `name`, which must have the shape `expected` and a type that can be computed with; nil if there
  /// is none.
  func tensor(_ name: String, shape expected: [Int]) throws(ModelError) -> RawTensor? {
    guard let place = place(of: name) else { return nil }
    guard place.entry.shape == expected else {
      throw .wrongShape(tensor: name, found: place.entry.shape, expected: expected)
    }
    guard let type = ScalarType(rawValue: place.entry.type) else {
      throw .unsupportedScalarType(tensor: name, found: place.entry.type)
    }
    let file = files[place.file]
    return RawTensor(
      scalarType: type,
      shape: place.entry.shape,
      bytes: UnsafeRawBufferPointer(rebasing: file.bytes[place.entry.bytes]),
      owner: file
    )
  }

  /// Checkpoints saved from the bare decoder lack the `model.` in front.
  private func place(of name: String) -> Place? {
    places[name] ?? (name.hasPrefix("model.") ? places[String(name.dropFirst(6))] : nil)
  }
}
