import Glibc
import OrderedJSON

/// A whole regular file, mapped read-only and private.
///
/// The descriptor is closed once the file is mapped. If another process truncates the file in place while it is
/// mapped, touching the lost pages ends this process with SIGBUS, which no check can prevent; replacing the file
/// by renaming a new one over it, as download tools do, is safe.
final class MappedFile: @unchecked Sendable {
  // Unchecked: the pages are mapped read-only in `init` and unmapped in `deinit`; nothing changes between.
  let path: String
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws(ModelError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: path) }
    let byteCount = Int(status.st_size)
    guard byteCount > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .unreadable(path: path, code: errno)
    }
    bytes = UnsafeRawBufferPointer(start: address, count: byteCount)
  }

  deinit {
    if let address = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
    }
  }

  /// Whether there is something at `path`, links followed.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

extension MappedFile {
  /// Larger than any real tokenizer.json; keeps a wrong path from filling memory.
  static let textByteCountLimit = 256 << 20

  /// The bytes of a text file, copied.
  static func text(at path: String) throws(ModelError) -> [UInt8] {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= textByteCountLimit else {
      throw .fileTooLarge(path: path, byteCount: file.bytes.count, limit: textByteCountLimit)
    }
    return Array(file.bytes)
  }

  static func json(at path: String) throws(ModelError) -> JSON {
    let text = try text(at: path)
    do {
      return try JSON(parsing: text)
    } catch {
      throw .malformedJSON(path: path, error)
    }
  }
}

extension ModelError {
  /// What the operating system says about an `errno`.
  static func reason(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }
}
