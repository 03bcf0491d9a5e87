/// The memory of the paged key-value cache: for every layer, blocks of consecutive positions.
///
/// Layout per layer, for keys and for values: `[block, keyValueHead, position in block, headWidth]`, so that one
/// head's span of a block is contiguous. Blocks are handed out by the scheduler; this type only stores.
package final class KVStore {
  /// How a cached number is kept.
  package enum Format: String, Sendable {
    case float32
    case float16

    package var byteCount: Int { self == .float32 ? 4 : 2 }
  }

  /// The sizes that fix the layout.
  package struct Shape: Sendable, Hashable {
    package var layerCount: Int
    package var keyValueHeadCount: Int
    package var headWidth: Int
    /// Positions per block.
    package var blockLength: Int
    package var format: Format

    package init(
      layerCount: Int,
      keyValueHeadCount: Int,
      headWidth: Int,
      blockLength: Int,
      format: Format
    ) {
      self.layerCount = layerCount
      self.keyValueHeadCount = keyValueHeadCount
      self.headWidth = headWidth
      self.blockLength = blockLength
      self.format = format
    }

    /// Bytes of keys and values of one token over all layers.
    package var bytesPerToken: Int {
      2 * layerCount * keyValueHeadCount * headWidth * format.byteCount
    }

    /// Bytes of one block over all layers.
    package var bytesPerBlock: Int { bytesPerToken * blockLength }
  }

  package let shape: Shape
  package let blockCount: Int
  private let memory: UnsafeMutableRawPointer

  /// Reserves address space for `blockCount` blocks; pages are backed by memory when first written.
  package init(shape: Shape, blockCount: Int) {
    self.shape = shape
    self.blockCount = blockCount
    memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(shape.bytesPerBlock * blockCount, 1),
      alignment: 64
    )
  }

  deinit { memory.deallocate() }

  /// Bytes of one layer's keys (or values).
  private var planeByteCount: Int { shape.bytesPerBlock / (2 * shape.layerCount) * blockCount }

  /// The first byte of a layer's keys.
  package func keys(layer: Int) -> UnsafeMutableRawPointer { memory + 2 * layer * planeByteCount }

  /// The first byte of a layer's values.
  package func values(layer: Int) -> UnsafeMutableRawPointer {
    memory + (2 * layer + 1) * planeByteCount
  }

  /// Index of the first of `headWidth` numbers of a position within a layer's keys or values.
  package func elementIndex(block: Int32, head: Int, offset: Int) -> Int {
    precondition((0..<blockCount).contains(Int(block)), "block \(block) of \(blockCount)")
    return ((Int(block) * shape.keyValueHeadCount + head) * shape.blockLength + offset)
      * shape.headWidth
  }
}
