import OrderedCollections
import OrderedJSON

/// What is wrong with a safetensors file.
package enum SafetensorsDefect: Error, Hashable, Sendable, CustomStringConvertible {
  /// Shorter than the eight bytes that hold the header's length.
  case truncated(byteCount: Int)
  case headerTooLong(byteCount: UInt64, limit: Int)
  case headerPastEnd(byteCount: UInt64, fileByteCount: Int)
  case malformedHeader(reason: String, offset: Int)
  case headerNotAnObject
  case malformedTensor(name: String)
  case unknownType(name: String, found: String)
  /// The tensor's byte range lies outside the data, or is reversed.
  case rangeOutOfBounds(name: String, begin: Int, end: Int, dataByteCount: Int)
  case sizeMismatch(name: String, shape: [Int], type: String, byteCount: Int)
  /// The byte range does not begin where the one before it ends.
  case overlapOrGap(name: String, begin: Int, expected: Int)
  case uncoveredBytes(count: Int)

  package var description: String {
    switch self {
    case .truncated(let byteCount): "only \(byteCount) bytes long"
    case .headerTooLong(let byteCount, let limit):
      "a header of \(byteCount) bytes, more than the \(limit) allowed"
    case .headerPastEnd(let byteCount, let fileByteCount):
      "a header of \(byteCount) bytes in a file of \(fileByteCount); is the download complete?"
    case .malformedHeader(let reason, let offset): "in the header, \(reason) at byte \(offset)"
    case .headerNotAnObject: "the header is not a JSON object"
    case .malformedTensor(let name):
      "tensor \(name) lacks a valid dtype, shape or data_offsets"
    case .unknownType(let name, let found): "tensor \(name) has the unknown dtype \(found)"
    case .rangeOutOfBounds(let name, let begin, let end, let dataByteCount):
      "tensor \(name) lies at bytes \(begin)..<\(end) of \(dataByteCount); is the download complete?"
    case .sizeMismatch(let name, let shape, let type, let byteCount):
      "tensor \(name) of type \(type) and shape \(shape) has \(byteCount) bytes"
    case .overlapOrGap(let name, let begin, let expected):
      "tensor \(name) begins at byte \(begin), but the tensor before it ends at \(expected)"
    case .uncoveredBytes(let count): "\(count) bytes at the end belong to no tensor"
    }
  }
}

/// The table of contents of a safetensors file, checked against the file's length.
///
/// As the reference implementation does, it requires the tensors to fill the data exactly, one after the other:
/// this excludes overlaps, and duplicate names, whose first range would be a gap.
package struct SafetensorsHeader: Sendable {
  /// One tensor's type, shape and place in the file.
  package struct Entry: Sendable, Hashable {
    /// The `dtype` as written, of which only some can be computed with.
    package let type: String
    package let shape: [Int]
    /// Byte range counted from the start of the file.
    package let bytes: Range<Int>
  }

  /// The limit of the reference implementation.
  static let byteCountLimit = 100_000_000

  package let entries: [String: Entry]
  /// What the writer noted beside the tensors; texts only.
  package let metadata: [String: String]

  /// Parses the start of a file that is in memory.
  package init(reading file: [UInt8]) throws(SafetensorsDefect) {
    let parsed = file.withUnsafeBytes { bytes in
      Result { () throws(SafetensorsDefect) in try SafetensorsHeader(parsing: bytes) }
    }
    self = try parsed.get()
  }

  /// Parses the start of `file`.
  ///
  /// - Complexity: proportional to the header; the tensors' bytes are not touched.
  package init(parsing file: UnsafeRawBufferPointer) throws(SafetensorsDefect) {
    guard file.count >= 8 else { throw .truncated(byteCount: file.count) }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= Self.byteCountLimit else {
      throw .headerTooLong(byteCount: length, limit: Self.byteCountLimit)
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= file.count else {
      throw .headerPastEnd(byteCount: length, fileByteCount: file.count)
    }
    let members = try Self.members(of: Array(file[8..<dataStart]))
    var entries: [String: Entry] = [:]
    for (name, value) in members where name != "__metadata__" {
      entries[name] = try Self.entry(name, value, data: dataStart..<file.count)
    }
    try Self.checkCoverage(entries, data: dataStart..<file.count)
    self.entries = entries
    metadata = (members["__metadata__"]?.objectValue ?? [:]).reduce(into: [:]) {
      $0[$1.key] = $1.value.stringValue
    }
  }

  private static func members(of text: [UInt8]) throws(SafetensorsDefect) -> JSON.Object {
    let json: JSON
    do {
      json = try JSON(parsing: text, maximumDepth: 8)
    } catch {
      throw .malformedHeader(reason: error.reason, offset: error.offset)
    }
    guard let members = json.objectValue else { throw .headerNotAnObject }
    return members
  }

  private static func entry(
    _ name: String,
    _ value: JSON,
    data: Range<Int>
  ) throws(SafetensorsDefect) -> Entry {
    guard let type = value["dtype"]?.stringValue,
      let shape = sizes(value["shape"]),
      let offsets = sizes(value["data_offsets"]), offsets.count == 2
    else { throw .malformedTensor(name: name) }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end, end <= data.count else {
      throw .rangeOutOfBounds(name: name, begin: begin, end: end, dataByteCount: data.count)
    }
    guard let bitCount = bitCounts[type] else { throw .unknownType(name: name, found: type) }
    guard product(shape, bitCount) == (end - begin) * 8 else {
      throw .sizeMismatch(name: name, shape: shape, type: type, byteCount: end - begin)
    }
    return Entry(
      type: type,
      shape: shape,
      bytes: (data.lowerBound + begin)..<(data.lowerBound + end)
    )
  }

  /// The array's elements if all are integers of at least zero.
  private static func sizes(_ value: JSON?) -> [Int]? {
    guard let elements = value?.arrayValue else { return nil }
    let sizes = elements.compactMap { $0.integerValue.flatMap { $0 >= 0 ? $0 : nil } }
    return sizes.count == elements.count ? sizes : nil
  }

  /// `bitCount` times all of `shape`, or nil if it does not fit.
  private static func product(_ shape: [Int], _ bitCount: Int) -> Int? {
    var product = bitCount
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      product = next
    }
    return product
  }

  private static func checkCoverage(
    _ entries: [String: Entry],
    data: Range<Int>
  ) throws(SafetensorsDefect) {
    var end = data.lowerBound
    let ordered = entries.sorted {
      ($0.value.bytes.lowerBound, $0.value.bytes.upperBound, $0.key)
        < ($1.value.bytes.lowerBound, $1.value.bytes.upperBound, $1.key)
    }
    for (name, entry) in ordered {
      guard entry.bytes.lowerBound == end else {
        throw .overlapOrGap(
          name: name,
          begin: entry.bytes.lowerBound - data.lowerBound,
          expected: end - data.lowerBound
        )
      }
      end = entry.bytes.upperBound
    }
    guard end == data.upperBound else { throw .uncoveredBytes(count: data.upperBound - end) }
  }

  /// Bits per number of every type of the format.
  private static let bitCounts = [
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
  ]
}
