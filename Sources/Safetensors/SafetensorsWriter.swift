import OrderedCollections
import OrderedJSON

/// Puts a safetensors file together: a header, then the tensors' bytes, one after the other.
package struct SafetensorsWriter: Sendable {
  private var header = JSON.Object()
  private var data: [UInt8] = []

  /// Starts a file with texts that describe it.
  package init(metadata: KeyValuePairs<String, String> = [:]) {
    if !metadata.isEmpty {
      header["__metadata__"] = .object(
        JSON.Object(uniqueKeysWithValues: metadata.map { ($0.key, .string($0.value)) })
      )
    }
  }

  /// Appends a tensor of the type `type` (`F32`, `BF16`, …) whose numbers are `bytes`, little-endian.
  package mutating func append(
    _ name: String,
    type: String,
    shape: [Int],
    bytes: some Collection<UInt8>
  ) {
    precondition(header[name] == nil, "tensor \(name) is written twice")
    header[name] = [
      "dtype": .string(type),
      "shape": .array(shape.map(JSON.integer)),
      "data_offsets": [.integer(data.count), .integer(data.count + bytes.count)],
    ]
    data += bytes
  }

  /// The whole file; the data begins at a multiple of eight bytes.
  package var file: [UInt8] {
    var text = JSON.object(header).serialized
    text += repeatElement(UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
  }
}
