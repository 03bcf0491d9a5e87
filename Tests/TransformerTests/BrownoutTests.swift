import OrderedJSON
import Randomness
import Safetensors
import Tensors
import Testing

@testable import Transformer

@Suite struct BrownoutTests {
  private static let names = ["mixtral", "qwen2-moe", "qwen2-moe-sparse", "qwen3-moe", "olmoe"]

  /// A golden model with united experts by two, each the expert that `member` picks of its group.
  private func model(_ name: String, equalMembers: Bool = false) throws -> TransformerModel {
    let golden = try Golden(name)
    var folder = golden.folder
    folder.configuration.united = UnitedExperts(
      way: 2,
      groups: folder.configuration.layers.map { layer in
        guard case .mixture(let mixture) = layer.feedForward else { return [] }
        return UnitedExperts.neighbours(expertCount: mixture.expertCount, way: 2)
      }
    )
    let model = TransformerModel(
      unloaded: folder,
      format: .float32,
      backend: KernelBackend(threadCount: 2)
    )
    for id in golden.folder.configuration.moduleIDs { try model.load(id) }
    for id in folder.configuration.moduleIDs {
      guard case .united(let layer, let group) = id else { continue }
      let first = model[.expert(layer: layer, index: 2 * group)]
      model[id] = first
      if equalMembers, case .mixture(let mixture) = folder.configuration.layers[layer].feedForward,
        2 * group + 1 < mixture.expertCount
      {
        model[.expert(layer: layer, index: 2 * group + 1)] = first
      }
    }
    return model
  }

  private func brownout(_ threshold: Double, _ mode: Brownout.Mode = .partial) -> Brownout {
    Brownout(mode: mode, threshold: threshold, exemptEdgeCount: 0)
  }

  @Test(arguments: names)
  func `at threshold one no bit differs from brownout off`(name: String) throws {
    let prompt = try Golden(name).prompt
    let model = try model(name)
    let expected = Runner(model).step(prompt)
    for mode in Brownout.Mode.allCases {
      let runner = Runner(model)
      #expect(runner.step(prompt, brownout: brownout(1, mode)) == expected)
      #expect(runner.counts.reroutedPairCount == 0)
    }
  }

  @Test(arguments: names)
  func `united experts that equal their members change no bit`(name: String) throws {
    let prompt = try Golden(name).prompt
    let model = try model(name, equalMembers: true)
    let expected = Runner(model).step(prompt)
    for threshold in [0, 0.3, 0.6, 0.9] {
      let runner = Runner(model)
      #expect(runner.step(prompt, brownout: brownout(threshold)) == expected)
      if threshold == 0 { #expect(runner.counts.reroutedPairCount > 0) }
    }
  }

  @Test(arguments: names)
  func `united experts that differ from their members change the answer and save reads`(
    name: String
  ) throws {
    let prompt = try Golden(name).prompt
    let model = try model(name)
    let (plain, browned, skipping) = (Runner(model), Runner(model), Runner(model))
    let expected = plain.step(prompt)
    #expect(browned.step(prompt, brownout: brownout(0)) != expected)
    #expect(skipping.step(prompt, brownout: brownout(0, .full)) != expected)
    #expect(browned.counts.pairCount == plain.counts.pairCount)
    #expect(browned.counts.distinctExpertCount < plain.counts.distinctExpertCount)
    #expect(skipping.counts.distinctExpertCount == 0)
    #expect(skipping.counts.reroutedPairCount == skipping.counts.pairCount)
    #expect(plain.counts.computedPairCount == plain.counts.pairCount)
    #expect(skipping.counts.computedPairCount == 0)
    #expect((1...browned.counts.pairCount).contains(browned.counts.computedPairCount))
    #expect(browned.counts.pairCountPerRow * prompt.count == browned.counts.pairCount)
  }

  @Test(arguments: names, 0..<5 as Range<UInt64>)
  func `a row of full quality has the bits of a model without brownout`(
    name: String,
    seed: UInt64
  ) throws {
    var generator = SplitMix64(seed: seed)
    let prompt = try Golden(name).prompt
    let model = try model(name)
    let expected = Runner(model).step(prompt)
    let others = (0..<5).map { _ in Int32.random(in: 0..<200, using: &generator) }
    let runner = Runner(model, sequenceCount: 3)
    let rows = others.count..<(others.count + prompt.count)
    let answers = runner.step(
      [(1, others), (0, prompt), (2, others.reversed())],
      brownout: Brownout(
        mode: [.partial, .full].randomElement(using: &generator) ?? .partial,
        threshold: Double.random(in: 0...1, using: &generator),
        exemptEdgeCount: 0,
        fullQualityRows: [rows]
      )
    )
    #expect(answers[1] == expected)
    #expect(runner.counts.reroutedPairCounts[rows].allSatisfy { $0 == 0 })
  }

  @Test func `a united expert that is dropped leaves its group to the members`() throws {
    let prompt = try Golden("olmoe").prompt
    let model = try model("olmoe")
    let expected = Runner(model).step(prompt)
    for id in model.configuration.moduleIDs {
      if case .united = id { model.drop(id) }
    }
    #expect(Runner(model).step(prompt, brownout: brownout(0)) == expected)
  }

  /// A file of united experts by two for the golden model `olmoe`, every number `value`.
  private func file(
    _ folder: ModelFolder,
    json: String? = nil,
    routers: String? = nil
  ) throws -> [UInt8] {
    let mixture = try #require(folder.configuration.mixture)
    let groups = UnitedExperts.neighbours(expertCount: mixture.expertCount, way: 2)
    let united = UnitedExperts(
      way: 2,
      groups: Array(repeating: groups, count: folder.configuration.layerCount)
    )
    var writer = SafetensorsWriter(metadata: [
      "plimsoll.united": json ?? united.json.text,
      "plimsoll.routers": try routers ?? folder.routerFingerprint(),
    ])
    let (width, hidden) = (mixture.expertWidth, folder.configuration.hiddenWidth)
    for layer in united.groups.indices {
      for group in 0..<united.groupCount(layer: layer) {
        let prefix = UnitedExperts.tensorPrefix(layer: layer, group: group)
        for (name, shape) in [
          ("gate_proj", [width, hidden]), ("up_proj", [width, hidden]),
          ("down_proj", [hidden, width]),
        ] {
          writer.append(
            prefix + name + ".weight",
            type: "BF16",
            shape: shape,
            bytes: Array(repeating: 0, count: 2 * width * hidden)
          )
        }
      }
    }
    return writer.file
  }

  @Test func `united experts are read from the file beside the model`() throws {
    let folder = try TemporaryFolder(copying: "olmoe")
    let plain = try ModelFolder(path: folder.path)
    #expect(try plain.united(way: 2) == nil)
    try folder.write(UnitedExperts.fileName(way: 2), try file(plain))
    let united = try #require(try plain.united(way: 2))
    #expect(united.configuration.unitedCount(layer: 0) == 4)
    let id = ModuleID.united(layer: 1, group: 3)
    #expect(ModuleID(id.description) == id)
    #expect(united.configuration.moduleIDs.contains(id))
    let model = try TransformerModel(
      folder: united,
      format: .float32,
      backend: KernelBackend(threadCount: 1)
    )
    #expect(model[id] != nil)
    #expect(ModelInspection(united.configuration, format: .float32).byteCount == model.byteCount)
    // United experts of zeros do what skipping does.
    let prompt = try Golden("olmoe").prompt
    let runner = Runner(model)
    #expect(runner.step(prompt, brownout: brownout(0)).count == prompt.count)
  }

  @Test func `united experts of another model or with impossible groups are refused`() throws {
    let folder = try TemporaryFolder(copying: "olmoe")
    let plain = try ModelFolder(path: folder.path)
    let name = UnitedExperts.fileName(way: 2)
    try folder.write(name, try file(plain, routers: "0"))
    #expect(throws: ModelError.self) { try plain.united(way: 2) }
    for json in [
      "{}", "[", #"{"way":2,"groups":[]}"#, #"{"way":2,"groups":[[0,0,0,1,1,2,2,3],[]]}"#,
      #"{"way":2,"groups":[[0,0,1,1,2,2,3,5],[]]}"#, #"{"way":1,"groups":[[],[]]}"#,
    ] {
      try folder.write(name, try file(plain, json: json))
      #expect(throws: ModelError.self) { try plain.united(way: 2) }
    }
  }
}
