import Tensors
import Testing

@testable import Transformer

@Suite struct TransformerModelTests {
  @Test func `ids are written and parsed alike`() {
    let ids: [ModuleID] = [
      .embed, .attention(layer: 0), .feedForward(layer: 11), .router(layer: 3),
      .expert(layer: 3, index: 17), .sharedExpert(layer: 3),
      .united(layer: 3, group: 2), .norm, .head,
    ]
    #expect(ids.map { ModuleID($0.description) } == ids)
    #expect(ModuleID.expert(layer: 3, index: 17).description == "layers.3.experts.17")
    for text in ["", "layers", "layers.3", "layers.x.router", "layers.03.router", "embed.1"] {
      #expect(ModuleID(text) == nil)
    }
  }

  @Test func `every module can be dropped and loaded again by itself`() throws {
    let golden = try Golden("qwen2-moe-sparse")
    let model = try golden.model()
    let expected = Runner(model).step(golden.prompt)
    let byteCount = model.byteCount
    for id in model.configuration.moduleIDs {
      model.drop(id)
      #expect(model[id] == nil)
      #expect(model.byteCount < byteCount)
      try model.load(id)
    }
    #expect(model.byteCount == byteCount)
    #expect(Runner(model).step(golden.prompt) == expected)
  }

  @Test func `an exchanged expert changes the answer and the kept copy restores it`() throws {
    let golden = try Golden("mixtral")
    let model = try golden.model()
    let expected = Runner(model).step(golden.prompt)
    let (first, second) = (
      ModuleID.expert(layer: 0, index: 0), ModuleID.expert(layer: 0, index: 1)
    )
    let copy = try #require(model[first])
    model[first] = model[second]
    #expect(Runner(model).step(golden.prompt) != expected)
    model[first] = copy
    #expect(Runner(model).step(golden.prompt) == expected)
  }

  @Test func `a tied head shares the embedding's memory`() throws {
    let model = try Golden("llama3").model()
    #expect(model.head?.weights === model.embedding?.table)
    #expect(model.byteCount == ModelInspection(model.configuration, format: .float32).byteCount)
  }

  @Test func `a module the model does not have cannot be loaded`() throws {
    let model = try Golden("llama2").model()
    let missing: [ModuleID] = [
      .router(layer: 0), .attention(layer: 2), .attention(layer: -1),
      .expert(layer: 0, index: 0), .sharedExpert(layer: 0),
    ]
    for id in missing {
      #expect(throws: ModelError.unknownModule(id)) { try model.load(id) }
    }
  }

  @Test func `a step without one of its modules stops with the module's name`() async throws {
    await #expect(processExitsWith: .failure) {
      let golden = try Golden("llama2")
      let model = try golden.model()
      model.drop(.attention(layer: 1))
      _ = Runner(model).step(golden.prompt)
    }
  }

  @Test func `progress rises from nothing to one and can stop the loading`() throws {
    let golden = try Golden("qwen3-moe")
    var fractions: [Double] = []
    _ = try TransformerModel(
      folder: golden.folder,
      format: .int8,
      backend: KernelBackend(threadCount: 1)
    ) { fraction in
      fractions.append(fraction)
      return true
    }
    #expect(fractions.first == 0)
    #expect(fractions.last == 1)
    #expect(fractions == fractions.sorted())
    #expect(fractions.count == golden.folder.configuration.moduleIDs.count + 1)
    #expect(throws: ModelError.cancelled) {
      try TransformerModel(
        folder: golden.folder,
        format: .float32,
        backend: KernelBackend(threadCount: 1)
      ) { $0 < 0.5 }
    }
  }

  @Test func `a cancelled task stops the loading`() async throws {
    let golden = try Golden("llama2")
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try golden.model()
    }
    await #expect(throws: ModelError.cancelled) { try await task.value }
  }

  @Test(arguments: WeightFormat.allCases, ["llama3", "olmoe", "qwen2-moe-sparse"])
  func `inspection foretells the bytes that loading takes`(
    format: WeightFormat,
    name: String
  ) throws {
    let golden = try Golden(name)
    let inspection = ModelInspection(golden.folder.configuration, format: format)
    let model = try golden.model(format: format)
    #expect(inspection.byteCount == model.byteCount)
    for row in inspection.rows where row.byteCount > 0 {
      #expect(row.byteCount == model[row.id]?.byteCount, "\(row.id)")
    }
  }

  @Test func `a bfloat16 checkpoint keeps its answer when its weights stay bfloat16`() throws {
    let golden = try Golden("qwen3")
    let exact = Runner(try golden.model()).step(golden.prompt)
    let model = try golden.model(format: .bfloat16)
    // The cache holds 16-bit keys and values then, which is all that may differ.
    for (logits, expected) in zip(Runner(model).step(golden.prompt), exact) {
      #expect((zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity) < 0.05)
    }
  }
}
