import Glibc
package import Tensors

/// Packed weights kept beside the model, so that the next start reads them instead of packing again.
///
/// One file for each format, written by the first complete load and valid as long as the model's files keep their
/// sizes and times. Whatever goes wrong with it costs time, never an answer: a file that is missing, old, cut
/// short or damaged is passed over and written again, and a folder that takes no file is left alone.
package final class WeightCache {
  private enum State {
    case reading(WeightCacheFile)
    case writing(WeightCacheWriter)
    case off
  }

  /// Smaller models are packed before anyone notices.
  package static let minimumByteCount = 64 << 20

  /// Where the file lies.
  package let path: String
  private var state: State

  /// The cache of `folder` in `format`; off for formats that are not rounded and for small models.
  package init(
    folder: ModelFolder,
    format: WeightFormat,
    minimumByteCount: Int = WeightCache.minimumByteCount
  ) {
    path = "\(folder.path)/plimsoll.\(format.rawValue).weights"
    let isRounded = format == .int8 || format == .int4
    let byteCount = ModelInspection(folder.configuration, format: format).byteCount
    guard isRounded, byteCount >= minimumByteCount,
      let identity = Self.identity(of: folder, format)
    else {
      state = .off
      return
    }
    if let file = WeightCacheFile(path: path, identity: identity) {
      state = .reading(file)
    } else if let writer = WeightCacheWriter.begin(path: path, identity: identity) {
      state = .writing(writer)
    } else {
      state = .off
    }
  }

  /// Whether matrices come from the file.
  package var isReading: Bool { if case .reading = state { true } else { false } }

  /// What the packed weights follow from, in one number; nil when the files cannot be looked at.
  private static func identity(of folder: ModelFolder, _ format: WeightFormat) -> UInt64? {
    var text = "layout \(WeightFormat.layoutVersion) \(format.rawValue)\n"
    for path in folder.weightPaths + [folder.path + "/config.json"] {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      let (name, time) = (path.split(separator: "/").last ?? "", status.st_mtim)
      text += "\(name) \(status.st_size) \(time.tv_sec) \(time.tv_nsec)\n"
    }
    return Array(text.utf8).withUnsafeBytes(\.checksum)
  }

  /// The matrix `key` from the file, else what `pack` makes, which is then kept.
  func matrix(
    _ key: String,
    outputCount: Int,
    inputCount: Int,
    format: WeightFormat,
    backend: any ComputeBackend,
    pack: () throws(ModelError) -> WeightMatrix
  ) throws(ModelError) -> WeightMatrix {
    switch state {
    case .off: return try pack()
    case .writing(let writer):
      let matrix = try pack()
      if !writer.append(matrix, key: key) { state = .off }
      return matrix
    case .reading(let file):
      guard file.contains(key) else { return try pack() }
      let stored = WeightMatrix(
        outputCount: outputCount,
        inputCount: inputCount,
        format: format,
        filledBy: { file.read(key, into: $0, on: backend) }
      )
      if let stored { return stored }
      // Damaged: the next start writes it again.
      unlink(path)
      return try pack()
    }
  }

  /// The model is complete: puts what was written in its place.
  func finish() {
    guard case .writing(let writer) = state else { return }
    writer.commit()
    state = .off
  }
}

/// The layout of a cache's file: a header and, for every matrix, a record followed by its panels, which begin on
/// a multiple of 64 bytes.
enum WeightCacheLayout {
  static let magic: UInt64 = 0x6C6C_6F73_6D69_6C70  // "plimsoll"
  static let headerByteCount = 64
  static let recordByteCount = 64

  /// Eight numbers, the last one the checksum of the others.
  static func words(_ numbers: [UInt64]) -> [UInt64] {
    let padded = numbers + Array(repeating: 0, count: 7 - numbers.count)
    return padded + [padded.withUnsafeBytes(\.checksum)]
  }

  /// The seven numbers of a header or record; nil when their checksum is wrong.
  static func numbers(_ words: [UInt64]) -> [UInt64]? {
    let numbers = Array(words.prefix(7))
    return numbers.withUnsafeBytes(\.checksum) == words[7] ? numbers : nil
  }

  /// What is read and checked together: a few of them by several threads at a time, so that an engine that shares
  /// the threads waits for so many only.
  static let sliceByteCount = 1 << 20
  static let slicesTogether = 8

  /// The slices of a matrix's panels.
  static func slices(of byteCount: Int) -> [Range<Int>] {
    stride(from: 0, to: byteCount, by: sliceByteCount).map {
      $0..<min($0 + sliceByteCount, byteCount)
    }
  }

  /// The checksum of the slices' checksums.
  static func checksum(_ panels: UnsafeRawBufferPointer) -> UInt64 {
    let sums = slices(of: panels.count).map {
      UnsafeRawBufferPointer(rebasing: panels[$0]).checksum
    }
    return sums.withUnsafeBytes(\.checksum)
  }

  /// A matrix's name as a number.
  static func name(_ key: String) -> UInt64 { Array(key.utf8).withUnsafeBytes(\.checksum) }
}
