import CAllocations
import OrderedJSON
import Scheduling
import Telemetry
import Tensors
import Testing
import Transformer

@testable import Inference

/// What the steady state allocates: once the workspace has grown, nothing (`make test-allocations` builds with
/// optimisation).
@Suite struct AllocationTests {
  private func model(_ name: String, _ format: WeightFormat) throws -> TransformerModel {
    let tests = #filePath.dropLast("InferenceTests/AllocationTests.swift".count)
    return try TransformerModel(
      folder: ModelFolder(path: "\(tests)TransformerTests/Goldens/\(name)"),
      format: format,
      backend: KernelBackend(threadCount: 2)
    )
  }

  @Test func `the counter counts`() {
    let before = allocation_count()
    let numbers = [Int](unsafeUninitializedCapacity: 1000) { _, count in count = 0 }
    withExtendedLifetime(numbers) { #expect(allocation_count() > before) }
  }

  @Test(
    arguments: ["llama3", "qwen2-window", "qwen3-moe", "qwen2-moe"],
    [WeightFormat.int8, .int4]
  )
  func `a forward pass allocates nothing once its memory has grown`(
    name: String,
    format: WeightFormat
  ) throws {
    let model = try model(name, format)
    let cache = model.makeCache(blockCount: 16, blockLength: 16)
    let workspace = Workspace(configuration: model.configuration, rowCapacity: 4, logitCapacity: 4)
    let tokens: [Int32] = [7, 8, 9, 10]
    let blockTables: [[Int32]] = [[0, 1, 2], [4, 5, 6], [8, 9, 10], [12, 13, 14]]
    let logitRows: [Int32] = [0, 1, 2, 3]
    var batch = AttentionBatch()
    var counts: [Int64] = []
    for position in 0..<40 {
      batch.removeAll()
      for table in blockTables {
        batch.append(rowCount: 1, firstPosition: position, blockTable: table)
      }
      let before = allocation_count()
      _ = model.forward(
        tokens: tokens,
        batch: batch,
        logitRows: logitRows,
        cache: cache,
        workspace: workspace
      )
      counts.append(allocation_count() - before)
    }
    // Without optimisation, Swift puts what accessors and closures need on the heap: then only growth is told.
    #if DEBUG
      let bound = counts[20]
    #else
      let bound: Int64 = 0
    #endif
    #expect(counts.suffix(20).allSatisfy { $0 <= bound }, "\(counts)")
  }
}
