import Glibc

/// A file mapped read-only into memory, unmapped when the last reference goes.
///
/// The mapping is private and never written. A file that another process truncates while it is mapped makes a later
/// read fault (SIGBUS); replacing a file by renaming a new one over it is safe.
final class MappedFile: @unchecked Sendable {
  // Unchecked: the bytes are set once in `init` and only read until `deinit`.
  let path: String
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws(ModelError) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: MappedFile.lastError) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: MappedFile.lastError)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "it is not a regular file")
    }
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let memory = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let memory, memory != MAP_FAILED else {
      throw .unreadable(path: path, reason: MappedFile.lastError)
    }
    bytes = UnsafeRawBufferPointer(start: memory, count: Int(status.st_size))
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }

  private static var lastError: String { String(cString: strerror(errno)) }
}
