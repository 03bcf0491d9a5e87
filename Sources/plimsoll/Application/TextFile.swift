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
      throw CommandFailure.unreadableFile(path: path, reason: error.localizedDescription)
    }
  }

  static func text(at path: String) throws -> String {
    guard let text = String(validating: try bytes(at: path), as: UTF8.self) else {
      throw CommandFailure.unreadableFile(path: path, reason: "it is not UTF-8 text")
    }
    return text
  }

  static func write(_ text: String, to path: String) throws {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure.unwritableFile(path: path, reason: error.localizedDescription)
    }
  }
}
