import Glibc
import OrderedJSON
import Safetensors
import Tensors
import TestSupport
import Testing

@testable import Transformer

@Suite struct ModelFolderTests {
  private func open(_ folder: TemporaryFolder) throws -> ModelFolder {
    try ModelFolder(path: folder.path)
  }

  /// What opening or loading the folder is refused with.
  private func fault(_ folder: TemporaryFolder) throws -> ModelError {
    try #require(throws: ModelError.self) {
      _ = try TransformerModel(
        folder: try open(folder),
        format: .float32,
        backend: ReferenceBackend()
      )
    }
  }

  @Test func `a folder without files says which file is missing`() throws {
    let folder = TemporaryFolder()
    #expect(try fault(folder) == .unreadable(path: folder.path + "/config.json", code: ENOENT))
    try folder.write("config.json", try MappedFile.text(at: Golden.path("minimal/config.json")))
    let weights = folder.path + "/model.safetensors"
    #expect(try fault(folder) == .unreadable(path: weights, code: ENOENT))
  }

  @Test func `generation defaults overrule the configuration`() throws {
    let folder = try TemporaryFolder(copying: "minimal")
    try folder.write(
      "generation_config.json",
      #"{"eos_token_id":[3,4],"temperature":0.6,"top_k":20,"top_p":0.9,"repetition_penalty":1.1}"#
    )
    let defaults = try open(folder).generationDefaults
    #expect(defaults.endOfTextIDs == [3, 4])
    #expect(defaults.temperature == 0.6)
    #expect(defaults.topK == 20)
    #expect(defaults.topP == 0.9)
    #expect(defaults.minP == nil)
    try folder.write("generation_config.json", "{}")
    #expect(try open(folder).generationDefaults.endOfTextIDs == [1])
  }

  @Test func `weights behind symbolic links are read, as in the hub's cache`() throws {
    let folder = TemporaryFolder()
    for (name, _) in try TemporaryFolder.files(of: Golden.path("llama3")) {
      #expect(symlink(Golden.path("llama3/" + name), folder.path + "/" + name) == 0)
    }
    #expect(try open(folder).configuration.family == "llama")
  }

  @Test(arguments: ["../secret.safetensors", "/etc/passwd", "..", "", "a/b.safetensors"])
  func `an index may not name files outside the folder`(name: String) throws {
    let folder = try TemporaryFolder(copying: "minimal")
    let index: JSON = ["weight_map": ["model.norm.weight": .string(name)]]
    try folder.write("model.safetensors.index.json", index.serialized)
    #expect(try fault(folder) == .unsafeShardName(name))
  }

  @Test func `a named pipe in place of a file is refused without waiting for a writer`() throws {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.path + "/config.json", 0o600) == 0)
    #expect(try fault(folder) == .notARegularFile(path: folder.path + "/config.json"))
  }

  @Test func `a tensor that is missing or of another shape is named with the shape it needs`()
    throws
  {
    let folder = try TemporaryFolder(copying: "llama3")
    try folder.set("intermediate_size", 64)
    #expect(
      try fault(folder)
        == .wrongShape(
          tensor: "model.layers.0.mlp.gate_proj.weight",
          found: [48, 32],
          expected: [64, 32]
        )
    )
    try folder.set("intermediate_size", 48)
    try folder.set("tie_word_embeddings", false)
    #expect(try fault(folder) == .missingTensor(name: "lm_head.weight", shape: [261, 32]))
  }

  @Test func `a type that cannot be computed with is refused only where it is needed`() throws {
    let folder = try TemporaryFolder(copying: "llama2")
    var tensors = try tensors(of: "llama2")
    tensors.append((name: "extra", type: "I64", shape: [1], bytes: Array(repeating: 0, count: 8)))
    try folder.write("model.safetensors", SafetensorsText.file(tensors))
    #expect(try open(folder).configuration.layerCount == 2)
    let index = try #require(tensors.firstIndex { $0.name == "model.norm.weight" })
    tensors[index].type = "I32"
    try folder.write("model.safetensors", SafetensorsText.file(tensors))
    #expect(
      try fault(folder) == .unsupportedScalarType(tensor: "model.norm.weight", found: "I32")
    )
  }

  @Test func `fused experts and names without prefix mean the same as the published form`() throws {
    let golden = try Golden("olmoe")
    let folder = try TemporaryFolder(copying: "olmoe")
    let tensors = try tensors(of: "olmoe")
    let experts = tensors.filter { $0.name.contains(".experts.") }
    var fused = tensors.filter { !$0.name.contains(".experts.") }
    for layer in 0..<2 {
      func bytes(_ expert: Int, _ projection: String) -> [UInt8] {
        let name = "model.layers.\(layer).mlp.experts.\(expert).\(projection)_proj.weight"
        return experts.first { $0.name == name }?.bytes ?? []
      }
      let prefix = "model.layers.\(layer).mlp.experts."
      fused += [
        (
          name: prefix + "gate_up_proj", type: "F32", shape: [8, 32, 32],
          bytes: (0..<8).flatMap { bytes($0, "gate") + bytes($0, "up") }
        ),
        (
          name: prefix + "down_proj", type: "F32", shape: [8, 32, 16],
          bytes: (0..<8).flatMap { bytes($0, "down") }
        ),
      ]
    }
    for index in fused.indices where fused[index].name.hasPrefix("model.") {
      fused[index].name.removeFirst("model.".count)
    }
    try folder.write("model.safetensors", SafetensorsText.file(fused))
    let model = try TransformerModel(
      folder: open(folder),
      format: .float32,
      backend: KernelBackend(threadCount: 1)
    )
    #expect(Runner(model).step(golden.prompt) == Runner(try golden.model()).step(golden.prompt))
  }

  /// All tensors of a golden model in a single file.
  private func tensors(
    of name: String
  ) throws -> [(name: String, type: String, shape: [Int], bytes: [UInt8])] {
    let file = try MappedFile(path: Golden.path(name + "/model.safetensors"))
    return try SafetensorsHeader(parsing: file.bytes).entries.map { name, entry in
      (name: name, type: entry.type, shape: entry.shape, bytes: Array(file.bytes[entry.bytes]))
    }
  }
}
