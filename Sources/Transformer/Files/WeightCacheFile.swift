import Glibc
import Tensors

/// A complete cache file, open for reading; each matrix is checked against its checksum when it is read.
final class WeightCacheFile {
  private struct Record {
    let offset: Int
    let byteCount: Int
    let checksum: UInt64
  }

  private let descriptor: CInt
  private var records: [UInt64: Record] = [:]

  /// Nil unless there is a whole file of that identity.
  init?(path: String, identity: UInt64) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    guard readRecords(identity: identity) else { return nil }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func contains(_ key: String) -> Bool { records[WeightCacheLayout.name(key)] != nil }

  /// Fills `memory` with the panels of the matrix `key`, on the threads of `backend`; false if they are not there as
  /// they were written.
  func read(
    _ key: String,
    into memory: UnsafeMutableRawBufferPointer,
    on backend: any ComputeBackend
  ) -> Bool {
    guard let record = records[WeightCacheLayout.name(key)], record.byteCount == memory.count
    else { return false }
    let slices = WeightCacheLayout.slices(of: memory.count)
    // A slice that cannot be read keeps a sum that is not its own.
    var sums = [UInt64](repeating: 0, count: slices.count)
    sums.withUnsafeMutableBufferPointer { sums in
      backend.perform(slices.count, portion: WeightCacheLayout.slicesTogether) { index in
        let range = slices[index]
        let slice = UnsafeMutableRawBufferPointer(rebasing: memory[range])
        guard fill(slice, from: record.offset + range.lowerBound) else { return }
        sums[index] = UnsafeRawBufferPointer(slice).checksum
      }
    }
    return sums.withUnsafeBytes(\.checksum) == record.checksum
  }

  private func readRecords(identity: UInt64) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let header = numbers(at: 0), header[0] == WeightCacheLayout.magic, header[1] == identity,
      header[3] == UInt64(status.st_size)
    else { return false }
    var offset = WeightCacheLayout.headerByteCount
    for _ in 0..<header[2] {
      guard let numbers = numbers(at: offset), let byteCount = Int(exactly: numbers[1]),
        byteCount <= Int(status.st_size)
      else { return false }
      offset += WeightCacheLayout.recordByteCount
      records[numbers[0]] = Record(offset: offset, byteCount: byteCount, checksum: numbers[2])
      offset += byteCount
    }
    return offset == Int(status.st_size)
  }

  private func numbers(at offset: Int) -> [UInt64]? {
    var words = [UInt64](repeating: 0, count: 8)
    guard words.withUnsafeMutableBytes({ fill($0, from: offset) }) else { return nil }
    return WeightCacheLayout.numbers(words)
  }

  private func fill(_ memory: UnsafeMutableRawBufferPointer, from offset: Int) -> Bool {
    var done = 0
    while done < memory.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: memory[done...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
