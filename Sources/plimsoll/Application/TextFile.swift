import Comparison
import Foundation

/// Whole files, for commands that read one and end.
enum TextFile {
  /// A file's bytes; `-` is standard input.
  static func bytes(at path: String) throws -> [UInt8] {
    do {
      guard path != "-" else {
        return Array(try FileHandle.standardInput.readToEnd() ?? Data())
      }
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CommandFailure.unreadableFile(path: path, reason: error.reason)
    }
  }

  static func text(at path: String) throws -> String {
    guard let text = String(validating: try bytes(at: path), as: UTF8.self) else {
      throw CommandFailure.unreadableFile(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  /// Names a file in a record of where something comes from: its name, its size, and FNV-1a of its bytes.
  static func provenance(of bytes: [UInt8], at path: String) -> String {
    let hash = bytes.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return "\(name), \(bytes.count) bytes, fnv1a \(String(hash, radix: 16))"
  }

  static func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure.unwritableFile(path: path, reason: error.reason)
    }
  }
}
