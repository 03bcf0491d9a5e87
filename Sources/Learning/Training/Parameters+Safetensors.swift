package import Safetensors

extension Parameters<Float> {
  /// Appends every matrix to a file, under its name after `prefix`, in the order of the names.
  package func write(to file: inout SafetensorsWriter, prefix: String = "") {
    for name in names.sorted() {
      let matrix = required(name)
      file.append(
        prefix + name,
        type: "F32",
        shape: [matrix.rowCount, matrix.columnCount],
        bytes: matrix.elements.flatMap { number in
          (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32($0))) }
        }
      )
    }
  }

  /// Reads the matrices of type F32 whose names begin with `prefix`, in the order of their names.
  package init(reading file: [UInt8], prefix: String = "") throws(SafetensorsDefect) {
    self.init()
    let entries = try SafetensorsHeader(reading: file).entries.sorted { $0.key < $1.key }
    for (name, entry) in entries where name.hasPrefix(prefix) {
      guard entry.type == "F32", entry.shape.count == 2 else {
        throw .malformedTensor(name: name)
      }
      let bytes = file[entry.bytes]
      self[String(name.dropFirst(prefix.count))] = RealMatrix(
        rowCount: entry.shape[0],
        columnCount: entry.shape[1],
        elements: stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
          Float(
            bitPattern: (0..<4).reduce(UInt32(0)) {
              $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1))
            }
          )
        }
      )
    }
  }
}
