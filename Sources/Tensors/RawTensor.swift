/// A tensor as it lies in a weight file: numbers of one type in row-major order, not copied.
///
/// The bytes stay valid as long as `owner`, which holds the file's memory mapping, is alive; each value keeps
/// it so.
package struct RawTensor: @unchecked Sendable {
  // Unchecked: the bytes are a read-only mapping that nobody writes and that `owner` keeps in place.
  package let scalarType: ScalarType
  package let shape: [Int]
  package let bytes: UnsafeRawBufferPointer
  private let owner: any AnyObject & Sendable

  /// A view of `bytes`, which must hold exactly as many numbers as `shape` says.
  package init(
    scalarType: ScalarType,
    shape: [Int],
    bytes: UnsafeRawBufferPointer,
    owner: any AnyObject & Sendable
  ) {
    precondition(
      bytes.count == shape.reduce(1, *) * scalarType.byteCount,
      "\(bytes.count) bytes do not hold a \(scalarType.rawValue) tensor of shape \(shape)"
    )
    self.scalarType = scalarType
    self.shape = shape
    self.bytes = bytes
    self.owner = owner
  }

  /// How many numbers the tensor holds.
  package var count: Int { shape.reduce(1, *) }

  /// The sub-tensor at `index` of the first dimension.
  ///
  /// Fused mixture-of-experts checkpoints stack all experts of a layer into one tensor `[experts, …]`.
  package subscript(index: Int) -> RawTensor {
    precondition(
      !shape.isEmpty && (0..<shape[0]).contains(index),
      "index \(index) of shape \(shape)"
    )
    let stride = bytes.count / shape[0]
    return RawTensor(
      scalarType: scalarType,
      shape: Array(shape.dropFirst()),
      bytes: UnsafeRawBufferPointer(rebasing: bytes[(index * stride)..<((index + 1) * stride)]),
      owner: owner
    )
  }

  /// The rows `range` of the first dimension, as a tensor of the same rank.
  package subscript(rows range: Range<Int>) -> RawTensor {
    precondition(!shape.isEmpty && 0 <= range.lowerBound && range.upperBound <= shape[0])
    let stride = shape[0] == 0 ? 0 : bytes.count / shape[0]
    return RawTensor(
      scalarType: scalarType,
      shape: [range.count] + shape.dropFirst(),
      bytes: UnsafeRawBufferPointer(
        rebasing: bytes[(range.lowerBound * stride)..<(range.upperBound * stride)]
      ),
      owner: owner
    )
  }

  /// The numbers from `start` on, as many as `output` takes, widened to float32.
  package func copy(from start: Int, into output: UnsafeMutableBufferPointer<Float>) {
    precondition(start >= 0 && start + output.count <= count)
    for index in output.indices {
      let offset = (start + index) * scalarType.byteCount
      switch scalarType {
      case .float32:
        output[index] = Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
          )
        )
      case .float16:
        output[index] = Float(
          Float16(
            bitPattern: UInt16(
              littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
            )
          )
        )
      case .bfloat16:
        output[index] = Float(
          bitPattern: UInt32(
            UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
          ) << 16
        )
      }
    }
  }

  /// All numbers, widened to float32.
  package var floats: [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      copy(from: 0, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initializedCount = count
    }
  }
}
