import Glibc
import Randomness
import TestSupport
import Tensors
import Testing

@testable import Transformer

@Suite struct WeightCacheTests {
  private struct Load {
    let logits: [[Float]]
    let isFromCache: Bool
  }

  private func load(_ folder: TemporaryFolder, _ format: WeightFormat = .int8) throws -> Load {
    let model = try ModelFolder(path: folder.path)
    let cache = WeightCache(folder: model, format: format, minimumByteCount: 0)
    let isReading = cache.isReading
    let backend = KernelBackend(threadCount: 1)
    let loaded = try TransformerModel(folder: model, format: format, backend: backend, cache: cache)
    return Load(logits: Runner(loaded).step([1, 5, 9, 2]), isFromCache: isReading)
  }

  private func path(_ folder: TemporaryFolder, _ format: WeightFormat = .int8) -> String {
    "\(folder.path)/plimsoll.\(format.rawValue).weights"
  }

  @Test(arguments: ["llama3", "qwen2-moe-sparse"], [WeightFormat.int8, .int4])
  func `the second start reads what the first has packed`(
    golden: String,
    format: WeightFormat
  ) throws {
    let folder = try TemporaryFolder(copying: golden)
    let first = try load(folder, format)
    let second = try load(folder, format)
    #expect(!first.isFromCache && second.isFromCache)
    #expect(first.logits == second.logits)
    #expect(!MappedFile.exists(path(folder, format) + ".partial"))
  }

  @Test func `exact formats and small models keep nothing`() throws {
    let folder = try TemporaryFolder(copying: "llama2")
    _ = try load(folder, .bfloat16)
    let model = try ModelFolder(path: folder.path)
    #expect(!WeightCache(folder: model, format: .int8).isReading)
    #expect(try !TemporaryFolder.files(of: folder.path).contains { $0.name.contains("plimsoll") })
  }

  @Test func `a cache of other weights is written anew`() throws {
    let folder = try TemporaryFolder(copying: "llama2")
    let before = try load(folder)
    let file = "model.safetensors"
    var weights = try #require(
      TemporaryFolder.files(of: folder.path).first { $0.name == file }?.bytes
    )
    for index in weights.indices.suffix(64) { weights[index] = 0 }
    try folder.write(file, weights)
    // Within the resolution of the file system's clock the files may look alike.
    let times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    utimensat(AT_FDCWD, "\(folder.path)/\(file)", times, 0)
    let after = try load(folder)
    #expect(!after.isFromCache)
    #expect(after.logits != before.logits)
    #expect(try load(folder).isFromCache)
  }

  @Test(arguments: UInt64(0)..<40)
  func `damage costs time, never an answer`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let folder = try TemporaryFolder(copying: "llama2")
    let truth = try load(folder).logits
    let name = String(path(folder).dropFirst(folder.path.count + 1))
    let sound = try #require(
      TemporaryFolder.files(of: folder.path).first { $0.name == name }?.bytes
    )
    let damaged = ByteMutator().mutate(sound, using: &random)
    try folder.write(name, damaged)
    for _ in 0..<2 { #expect(try load(folder).logits == truth) }
    let healed = try load(folder)
    #expect(healed.isFromCache && healed.logits == truth)
  }

  @Test func `a folder that takes no file and a cancelled load leave nothing behind`() throws {
    let folder = try TemporaryFolder(copying: "llama2")
    let partial = path(folder) + ".partial"
    #expect(mkdir(partial, 0o755) == 0)
    let blocked = try load(folder)
    #expect(!blocked.isFromCache && !MappedFile.exists(path(folder)))
    rmdir(partial)
    let model = try ModelFolder(path: folder.path)
    #expect(throws: ModelError.cancelled) {
      _ = try TransformerModel(
        folder: model,
        format: .int8,
        backend: KernelBackend(threadCount: 1),
        cache: WeightCache(folder: model, format: .int8, minimumByteCount: 0),
        progress: { $0 < 0.5 }
      )
    }
    #expect(!MappedFile.exists(partial) && !MappedFile.exists(path(folder)))
    #expect(try load(folder).logits == blocked.logits)
  }
}
