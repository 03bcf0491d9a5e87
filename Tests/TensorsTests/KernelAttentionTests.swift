import Glibc
import Randomness
import Testing

@testable import Tensors

@Suite struct KernelAttentionTests {
  /// A cache geometry and how many query heads share a key-value head.
  struct Geometry: Sendable, CustomStringConvertible {
    var format: KVStore.Format
    var keyValueHeads: Int
    var queriesPerKey: Int
    var width: Int
    var blockLength: Int
    var window: Int?

    var description: String {
      "\(format) \(keyValueHeads)x\(queriesPerKey) heads of \(width), blocks of \(blockLength),"
        + " window \(window.map(String.init) ?? "none")"
    }
  }

  static let geometries = [
    Geometry(
      format: .float32,
      keyValueHeads: 2,
      queriesPerKey: 2,
      width: 64,
      blockLength: 16
    ),
    Geometry(
      format: .float16,
      keyValueHeads: 2,
      queriesPerKey: 4,
      width: 32,
      blockLength: 16,
      window: 37
    ),
    Geometry(
      format: .float16,
      keyValueHeads: 1,
      queriesPerKey: 1,
      width: 80,
      blockLength: 32
    ),
    Geometry(
      format: .float16,
      keyValueHeads: 2,
      queriesPerKey: 2,
      width: 64,
      blockLength: 4
    ),
    Geometry(
      format: .float32,
      keyValueHeads: 3,
      queriesPerKey: 9,
      width: 12,
      blockLength: 4,
      window: 5
    ),
    Geometry(
      format: .float32,
      keyValueHeads: 1,
      queriesPerKey: 3,
      width: 7,
      blockLength: 24,
      window: 100
    ),
  ]

  /// One sequence's numbers and its block table, for a cache that it shares with others.
  private struct Sequence {
    let length: Int
    let blocks: [Int32]
    let queries: [Float]
    let keys: [Float]
    let values: [Float]
  }

  private func sequences(_ geometry: Geometry, _ lengths: [Int]) -> (KVStore, [Sequence]) {
    var random = SplitMix64(seed: 21)
    let blockCounts = lengths.map { ($0 + geometry.blockLength - 1) / geometry.blockLength }
    var free = (0..<Int32(blockCounts.reduce(0, +))).shuffled(using: &random)
    let cache = KVStore(
      shape: KVStore.Shape(
        layerCount: 2,
        keyValueHeadCount: geometry.keyValueHeads,
        headWidth: geometry.width,
        blockLength: geometry.blockLength,
        format: geometry.format
      ),
      blockCount: free.count
    )
    // What was never written is nobody's business: every bit set reads as not-a-number.
    let layerByteCount = cache.keys(layer: 1) - cache.keys(layer: 0)
    memset(cache.keys(layer: 0), 0xFF, 2 * layerByteCount)
    let columns = geometry.keyValueHeads * geometry.width
    let sequences = zip(lengths, blockCounts).map { length, blockCount in
      defer { free.removeFirst(blockCount) }
      return Sequence(
        length: length,
        blocks: Array(free.prefix(blockCount)),
        queries: random.floats(length * columns * geometry.queriesPerKey, within: 3),
        keys: random.floats(length * columns),
        values: random.floats(length * columns)
      )
    }
    return (cache, sequences)
  }

  /// Runs the sequences in steps that take `chunk` rows of each, and answers each sequence's outputs.
  private func attend(
    _ backend: any ComputeBackend,
    _ geometry: Geometry,
    _ cache: KVStore,
    _ sequences: [Sequence],
    chunk: Int
  ) -> [[Float]] {
    var outputs = sequences.map { _ in [Float]() }
    var position = 0
    while let longest = sequences.map(\.length).max(), position < longest {
      var batch = AttentionBatch()
      var (queries, keys, values) = ([Float](), [Float](), [Float]())
      let columns = geometry.keyValueHeads * geometry.width
      for sequence in sequences where position < sequence.length {
        let rows = position..<min(position + chunk, sequence.length)
        batch.append(
          rowCount: rows.count,
          firstPosition: position,
          blockTable: sequence.blocks
        )
        let range = (rows.lowerBound * columns)..<(rows.upperBound * columns)
        keys += sequence.keys[range]
        values += sequence.values[range]
        let heads = geometry.queriesPerKey
        queries += sequence.queries[(range.lowerBound * heads)..<(range.upperBound * heads)]
      }
      let count = batch.positions.count
      let output = Matrix(rowCapacity: count, columnCount: columns * geometry.queriesPerKey)
      backend.store(
        keys: Matrix(rows: count, columns: columns, numbers: keys).all,
        values: Matrix(rows: count, columns: columns, numbers: values).all,
        layer: 1,
        batch: batch,
        cache: cache
      )
      backend.attend(
        queries: Matrix(
          rows: count,
          columns: columns * geometry.queriesPerKey,
          numbers: queries
        ).all,
        layer: 1,
        batch: batch,
        cache: cache,
        scale: 0.3,
        window: geometry.window,
        into: output
      )
      var segments = batch.segments.makeIterator()
      for index in sequences.indices where position < sequences[index].length {
        guard let segment = segments.next() else { break }
        for row in segment.firstRow..<(segment.firstRow + segment.rowCount) {
          outputs[index] += output[row: row]
        }
      }
      position += chunk
    }
    return outputs
  }

  @Test(arguments: geometries)
  func `attention agrees with the reference`(geometry: Geometry) {
    let (cache, sequences) = sequences(geometry, [1, 67])
    let expected = attend(ReferenceBackend(), geometry, cache, sequences, chunk: 80)
    for instructionSet in KernelBackend.InstructionSet.supported {
      let backend = KernelBackend(threadCount: 2, instructionSet: instructionSet)
      let outputs = attend(backend, geometry, cache, sequences, chunk: 80)
      for (output, expected) in zip(outputs, expected) {
        let difference = zip(output, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(difference < 2e-6, "\(instructionSet)")
      }
    }
  }

  @Test(arguments: geometries)
  func `attention's bits depend on neither chunks nor batch nor threads nor instruction set`(
    geometry: Geometry
  ) {
    let (cache, sequences) = sequences(geometry, [1, 131, 64])
    let alone = KernelBackend(threadCount: 1)
    let expected = sequences.map {
      attend(alone, geometry, cache, [$0], chunk: 1)[0].map(\.bitPattern)
    }
    for instructionSet in KernelBackend.InstructionSet.supported {
      for (threadCount, chunk) in [(1, 1), (2, 131), (3, 7), (4, 64)] {
        let backend = KernelBackend(threadCount: threadCount, instructionSet: instructionSet)
        let outputs = attend(backend, geometry, cache, sequences, chunk: chunk)
        let isSame = outputs.map { $0.map(\.bitPattern) } == expected
        #expect(
          isSame,
          "\(instructionSet), \(threadCount) threads, chunks of \(chunk)"
        )
      }
    }
  }
}
