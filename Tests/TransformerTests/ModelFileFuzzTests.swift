import Randomness
import Tensors
import TestSupport
import Testing

@testable import Transformer

/// Model files that strangers changed: a clear error or a model that runs, never a crash.
@Suite struct ModelFileFuzzTests {
  @Test func `mutated model files never crash`() throws {
    let seed: UInt64 = 20_261_124
    print("fuzz: \(FuzzCases.count) mutated model folders, seed \(seed)")
    let files = try TemporaryFolder.files(of: Golden.path("minimal"))
    #expect(files.allSatisfy { $0.bytes.count < 8192 })
    var generator = SplitMix64(seed: seed)
    let mutator = ByteMutator()
    let folder = try TemporaryFolder(copying: "minimal")
    var refusedCount = 0
    for _ in 0..<FuzzCases.count {
      guard let file = files.randomElement(using: &generator) else { continue }
      try folder.write(file.name, mutator.mutate(file.bytes, using: &generator))
      if try !run(folder) { refusedCount += 1 }
      try folder.write(file.name, file.bytes)
    }
    #expect(try run(folder), "the files themselves are sound")
    // A mutation that changes weights alone leaves a model that runs; most others are noticed.
    #expect(refusedCount > FuzzCases.count / 4)
    #expect(refusedCount < FuzzCases.count)
  }

  /// Opens, inspects, loads and runs the folder's model; false if it is refused with a described error.
  private func run(_ folder: TemporaryFolder) throws -> Bool {
    do {
      let opened = try ModelFolder(path: folder.path)
      let inspection = ModelInspection(opened.configuration, format: .int8)
      #expect(inspection.parameterCount > 0)
      let model = try TransformerModel(
        folder: opened,
        format: .float32,
        backend: KernelBackend(threadCount: 1)
      )
      #expect(Runner(model).step([0]).count == 1)
      return true
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
  }
}
