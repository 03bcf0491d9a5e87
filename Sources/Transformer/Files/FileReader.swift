import Glibc
import OrderedJSON

/// Reads the small text files of a model folder.
enum FileReader {
  /// Larger than any real tokenizer.json; keeps a wrong path from filling memory.
  static let maximumByteCount = 256 << 20

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The whole file, copied.
  static func bytes(at path: String) throws(ModelError) -> [UInt8] {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= maximumByteCount else {
      throw .unreadable(
        path: path,
        reason: "\(file.bytes.count) bytes are too many for a text file"
      )
    }
    return Array(file.bytes)
  }

  static func json(at path: String) throws(ModelError) -> JSON {
    let bytes = try bytes(at: path)
    do {
      return try JSON(parsing: bytes)
    } catch {
      throw .malformed(path: path, reason: "\(error)")
    }
  }
}
