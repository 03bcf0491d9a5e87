import Glibc
import OrderedCollections
import OrderedJSON
import Testing

@testable import Transformer

/// A folder of its own for one test, removed with everything in it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/plimsoll-tests-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress, let made = mkdtemp(start) else { return "" }
      return String(cString: made)
    }
    precondition(!path.isEmpty, "no temporary folder: errno \(errno)")
  }

  /// With copies of the files of a golden model.
  convenience init(copying golden: String) throws {
    self.init()
    for (name, bytes) in try Self.files(of: Golden.path(golden)) { try write(name, bytes) }
  }

  deinit {
    for name in (try? Self.names(in: path)) ?? [] { unlink(path + "/" + name) }
    rmdir(path)
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try #require(fopen(path + "/" + name, "w"))
    defer { fclose(file) }
    let written = fwrite(bytes, 1, bytes.count, file)
    #expect(written == bytes.count)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// Rewrites `config.json` with `key` set to `value`, or removed if that is nil.
  func set(_ key: String, _ value: JSON?) throws {
    var members = try #require(try MappedFile.json(at: path + "/config.json").objectValue)
    members[key] = value
    try write("config.json", JSON.object(members).serialized)
  }

  static func files(of folder: String) throws -> [(name: String, bytes: [UInt8])] {
    try names(in: folder).map { (name: $0, bytes: try MappedFile.text(at: folder + "/" + $0)) }
  }

  private static func names(in folder: String) throws -> [String] {
    let directory = try #require(opendir(folder))
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
