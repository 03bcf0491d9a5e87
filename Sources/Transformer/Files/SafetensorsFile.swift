import OrderedCollections
import OrderedJSON
import Tensors

/// One safetensors file: a length, a JSON header that names tensors and their byte ranges, then the bytes.
///
/// The header comes from strangers, so every range is checked against the file before a tensor is handed out.
struct SafetensorsFile: Sendable {
  /// Where a tensor lies, as the header says, checked.
  struct Entry: Sendable {
    let dataType: String
    let shape: [Int]
    let range: Range<Int>
  }

  /// The largest header the format's reference implementation accepts.
  static let maximumHeaderByteCount = 100_000_000

  private let file: MappedFile
  /// Offset of the first data byte.
  private let dataStart: Int
  let entries: OrderedDictionary<String, Entry>

  var path: String { file.path }

  init(mapping file: MappedFile) throws(ModelError) {
    self.file = file
    func malformed(_ reason: String) -> ModelError { .malformed(path: file.path, reason: reason) }
    guard file.bytes.count >= 8 else { throw malformed("\(file.bytes.count) bytes hold no header") }
    let headerCount = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
    let limit = UInt64(min(file.bytes.count - 8, SafetensorsFile.maximumHeaderByteCount))
    guard headerCount <= limit else {
      throw malformed("the header claims \(headerCount) bytes, but at most \(limit) are there")
    }
    dataStart = 8 + Int(headerCount)
    let header: JSON
    do {
      header = try JSON(parsing: Array(file.bytes[8..<dataStart]), maximumDepth: 8)
    } catch {
      throw malformed("its header is not JSON: \(error)")
    }
    guard let members = header.objectValue else { throw malformed("its header is \(header.kind)") }
    let dataCount = file.bytes.count - dataStart
    var entries = OrderedDictionary<String, Entry>()
    for (name, value) in members where name != "__metadata__" {
      do {
        entries[name] = try Entry(header: value, dataCount: dataCount)
      } catch {
        throw malformed("tensor '\(name)': \(error.reason)")
      }
    }
    self.entries = entries
    try checkOverlaps()
  }

  /// The tensor's numbers, in place.
  func tensor(_ name: String, _ entry: Entry) throws(ModelError) -> RawTensor {
    guard let scalarType = ScalarType(rawValue: entry.dataType) else {
      throw .unsupported(
        feature: "tensor '\(name)': number type",
        found: entry.dataType,
        supported: ScalarType.allCases.map(\.rawValue).joined(separator: ", ")
      )
    }
    let range = (dataStart + entry.range.lowerBound)..<(dataStart + entry.range.upperBound)
    return RawTensor(
      scalarType: scalarType,
      shape: entry.shape,
      bytes: UnsafeRawBufferPointer(rebasing: file.bytes[range]),
      owner: file
    )
  }

  private func checkOverlaps() throws(ModelError) {
    let ordered = entries.elements.filter { !$0.value.range.isEmpty }
      .sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }
    for (before, after) in zip(ordered, ordered.dropFirst())
    where before.value.range.upperBound > after.value.range.lowerBound {
      throw .malformed(
        path: path,
        reason: "tensors '\(before.key)' and '\(after.key)' overlap"
      )
    }
  }
}

extension SafetensorsFile.Entry {
  struct Fault: Error { let reason: String }

  /// Bits per number of the types the format knows; a type outside this list may still be skipped over.
  private static let bitCounts = [
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8,
    "U64": 64, "U32": 32, "U16": 16, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8,
  ]

  fileprivate init(header: JSON, dataCount: Int) throws(Fault) {
    guard let dataType = header["dtype"]?.stringValue else { throw Fault(reason: "no 'dtype'") }
    guard let shape = header["shape"]?.arrayValue, shape.count <= 8 else {
      throw Fault(reason: "no 'shape' of at most 8 dimensions")
    }
    guard let offsets = header["data_offsets"]?.arrayValue, offsets.count == 2,
      let start = offsets[0].integerValue, let end = offsets[1].integerValue
    else { throw Fault(reason: "'data_offsets' must be two integers") }
    guard 0 <= start, start <= end, end <= dataCount else {
      throw Fault(reason: "its bytes \(start)..<\(end) lie outside the file's \(dataCount)")
    }
    var dimensions: [Int] = []
    var count = 1
    for dimension in shape {
      guard let size = dimension.integerValue, size >= 0 else {
        throw Fault(reason: "a dimension is \(dimension.text.prefix(40))")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw Fault(reason: "its shape is too large") }
      count = product
      dimensions.append(size)
    }
    if let bits = SafetensorsFile.Entry.bitCounts[dataType] {
      let (total, overflow) = count.multipliedReportingOverflow(by: bits / 8)
      guard !overflow, total == end - start else {
        throw Fault(reason: "\(end - start) bytes do not hold \(dataType) of shape \(dimensions)")
      }
    }
    self.dataType = dataType
    self.shape = dimensions
    range = start..<end
  }
}
