import Glibc
import Tensors

/// Writes a cache file under a name of its own, which ``commit()`` replaces by the real one; dropped before that,
/// it leaves nothing behind.
final class WeightCacheWriter {
  private let path: String
  private let identity: UInt64
  private let descriptor: CInt
  private var byteCount = WeightCacheLayout.headerByteCount
  private var recordCount = 0

  private var partialPath: String { path + ".partial" }

  /// Nil when the folder takes no file or another process is writing it.
  static func begin(path: String, identity: UInt64) -> WeightCacheWriter? {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = open(path + ".partial", flags, 0o644)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    let writer = WeightCacheWriter(path: path, identity: identity, lockedFile: descriptor)
    return writer.isNamed && ftruncate(descriptor, 0) == 0 ? writer : nil
  }

  private init(path: String, identity: UInt64, lockedFile descriptor: CInt) {
    self.path = path
    self.identity = identity
    self.descriptor = descriptor
  }

  deinit {
    // A committed file has left this name.
    if isNamed { unlink(partialPath) }
    close(descriptor)
  }

  /// Whether the file that was opened still has its name: another writer may have renamed it before it was locked.
  private var isNamed: Bool {
    var (mine, named) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(partialPath, &named) == 0
      && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
      && mine.st_mode & S_IFMT == S_IFREG
  }

  /// Adds a matrix; false when the disk is full or fails, and the file will never be whole.
  func append(_ matrix: WeightMatrix, key: String) -> Bool {
    let panels = matrix.panelBytes
    let record = WeightCacheLayout.words(
      [WeightCacheLayout.name(key), UInt64(panels.count), WeightCacheLayout.checksum(panels)]
    )
    guard record.withUnsafeBytes({ write($0, at: byteCount) }),
      write(panels, at: byteCount + WeightCacheLayout.recordByteCount)
    else { return false }
    byteCount += WeightCacheLayout.recordByteCount + panels.count
    recordCount += 1
    return true
  }

  /// Writes the header, without which the file counts as damaged, and gives the file its name.
  func commit() {
    let header = WeightCacheLayout.words(
      [WeightCacheLayout.magic, identity, UInt64(recordCount), UInt64(byteCount)]
    )
    guard header.withUnsafeBytes({ write($0, at: 0) }) else { return }
    rename(partialPath, path)
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
