import Glibc

/// A small file of the kernel's, or one of ours, read and written whole.
struct TextFile: Hashable, Sendable {
  /// What the system said when it refused.
  struct Fault: Error, Hashable, CustomStringConvertible {
    let path: String
    let code: Int32

    var description: String { "\(path): \(String(cString: strerror(code)).lowercased())" }
  }

  let path: String

  init(_ path: String) { self.path = path }

  func read() throws(Fault) -> String {
    let descriptor = try open(O_RDONLY)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw Fault(path: path, code: errno) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }

  /// Writes in one call, as the kernel's files ask for.
  func write(_ text: String) throws(Fault) {
    let descriptor = try open(O_WRONLY | O_CREAT | O_TRUNC)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw Fault(path: path, code: errno)
    }
  }

  /// Replaces the file so that a reader, or a crash, sees the old text or the new one.
  func replace(_ text: String) throws(Fault) {
    let draft = TextFile(path + ".new")
    try draft.write(text)
    guard rename(draft.path, path) == 0 else { throw Fault(path: path, code: errno) }
  }

  func remove() { unlink(path) }

  var exists: Bool { access(path, F_OK) == 0 }

  private func open(_ flags: Int32) throws(Fault) -> Int32 {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Fault(path: path, code: errno) }
    return descriptor
  }
}

/// A folder.
struct Folder: Hashable, Sendable {
  let path: String

  init(_ path: String) { self.path = path }

  /// Makes the folder; one that is there already is fine.
  func make() throws(TextFile.Fault) {
    guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
    throw TextFile.Fault(path: path, code: errno)
  }

  /// Makes the folder and those above it.
  func makeAll() throws(TextFile.Fault) {
    var prefix = ""
    for component in path.split(separator: "/", omittingEmptySubsequences: true) {
      prefix += (prefix.isEmpty && !path.hasPrefix("/") ? "" : "/") + component
      try Folder(prefix).make()
    }
  }

  /// Removes the folder if it is empty; a control group counts as such when no process and no group is in it.
  @discardableResult
  func remove() -> Bool { rmdir(path) == 0 || errno == ENOENT }

  /// The names of the folders inside.
  var folders: [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func file(_ name: String) -> TextFile { TextFile("\(path)/\(name)") }
  func folder(_ name: String) -> Folder { Folder("\(path)/\(name)") }
}
