import OrderedJSON

/// A safetensors file put together by hand, sound or not.
package enum SafetensorsText {
  package static func file(header: String, data: [UInt8] = []) -> [UInt8] {
    file(headerLength: UInt64(header.utf8.count), header: header, data: data)
  }

  package static func file(headerLength: UInt64, header: String, data: [UInt8] = []) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: headerLength >> (8 * $0)) } + Array(header.utf8) + data
  }

  /// A sound file of these tensors, one after the other.
  package static func file(_ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])])
    -> [UInt8]
  {
    var members = JSON.Object()
    var data: [UInt8] = []
    for (name, type, shape, bytes) in tensors {
      members[name] = [
        "dtype": .string(type),
        "shape": .array(shape.map(JSON.integer)),
        "data_offsets": [.integer(data.count), .integer(data.count + bytes.count)],
      ]
      data += bytes
    }
    return file(header: JSON.object(members).text, data: data)
  }
}
