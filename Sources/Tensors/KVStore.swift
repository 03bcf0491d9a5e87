/// The memory of the paged key-value cache: for every layer, blocks of consecutive positions.
///
/// Positions of a block lie in chunks of sixteen, and rows are padded to sixteen columns. Per layer, keys are
/// `[block, keyValueHead, chunk, column, position in chunk]`, so that sixteen scores are one chain of vector
/// operations, and values `[block, keyValueHead, chunk, position in chunk, column]`. Blocks are handed out by
/// the scheduler; this type only stores.
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

    /// Bytes of one block over all layers, padding included.
    package var bytesPerBlock: Int {
      2 * layerCount * keyValueHeadCount * chunksPerBlock * chunkNumberCount * format.byteCount
    }

    /// Positions per chunk, and what a row's columns are padded to.
    static let chunkLength = 16

    var chunksPerBlock: Int { (blockLength + Self.chunkLength - 1) / Self.chunkLength }

    /// `headWidth`, padded.
    var paddedWidth: Int {
      (headWidth + Self.chunkLength - 1) / Self.chunkLength * Self.chunkLength
    }

    /// Numbers of one head's chunk of keys (or values).
    var chunkNumberCount: Int { Self.chunkLength * paddedWidth }
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

  /// Index of a number of a position's key within a layer's keys.
  func keyIndex(block: Int32, head: Int, offset: Int, column: Int) -> Int {
    chunkStart(block: block, head: head, offset: offset)
      + column * Shape.chunkLength + offset % Shape.chunkLength
  }

  /// Index of a number of a position's value within a layer's values.
  func valueIndex(block: Int32, head: Int, offset: Int, column: Int) -> Int {
    chunkStart(block: block, head: head, offset: offset)
      + offset % Shape.chunkLength * shape.paddedWidth + column
  }

  private func chunkStart(block: Int32, head: Int, offset: Int) -> Int {
    precondition((0..<blockCount).contains(Int(block)), "block \(block) of \(blockCount)")
    let chunk = (Int(block) * shape.keyValueHeadCount + head) * shape.chunksPerBlock
    return (chunk + offset / Shape.chunkLength) * shape.chunkNumberCount
  }
}
