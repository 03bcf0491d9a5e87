import Learning
import OrderedJSON
import Randomness
import Tensors
import Testing
import Transformer

@testable import Distillation

/// The golden model `olmoe` of the Transformer's tests: two layers of eight experts, three a token.
enum TinyModel {
  static var path: String {
    String(#filePath.dropLast("DistillationTests/DistillerTests.swift".count))
      + "TransformerTests/Goldens/olmoe"
  }

  static func load() throws -> (ModelFolder, TransformerModel) {
    let folder = try ModelFolder(path: path)
    let model = try TransformerModel(
      folder: folder,
      format: .float32,
      backend: KernelBackend(threadCount: 1)
    )
    return (folder, model)
  }

  static func windows(count: Int, seed: UInt64) -> [[Int32]] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      (0..<24).map { _ in Int32.random(in: 0..<256, using: &generator) }
    }
  }
}

@Suite struct DistillerTests {
  private struct Interruption: Error {}

  private func distiller() -> Distiller {
    var distiller = Distiller(way: 4, grouping: .similarity)
    distiller.exemptEdgeCount = 0
    distiller.training.epochCount = 3
    distiller.training.batchSize = 32
    return distiller
  }

  @Test func `a run that is interrupted goes on to the same file`() throws {
    let (folder, model) = try TinyModel.load()
    let (distiller, windows) = (distiller(), TinyModel.windows(count: 8, seed: 1))
    let settings = distiller.settings(calibration: "random", tokenCount: 192)
    func run(_ record: inout UnitedExpertsRecord, groupLimit: Int) throws -> UnitedExperts {
      try distiller.run(
        model,
        windows: windows,
        record: &record,
        product: .plain,
        progress: { #expect((0...1).contains($0.fraction)) },
        finished: { if $0.entries.count == groupLimit { throw Interruption() } }
      )
    }
    var whole = UnitedExpertsRecord(settings: settings)
    let united = try run(&whole, groupLimit: .max)
    var first = UnitedExpertsRecord(settings: settings)
    #expect(throws: Interruption.self) { try run(&first, groupLimit: 3) }
    var second = try #require(UnitedExpertsRecord(reading: first.file, settings: settings))
    #expect(second.entries.count == 3)
    #expect(try run(&second, groupLimit: .max) == united)
    let isSame = second.file == whole.file
    #expect(isSame)
    let (one, other) = (
      try whole.unitedFile(united, folder: folder, version: "1"),
      try second.unitedFile(united, folder: folder, version: "1")
    )
    let isSameResult = one == other
    #expect(isSameResult)
    for entry in whole.entries { #expect(entry.error < entry.averageError, "\(entry)") }
    #expect(whole.entries.count == 4)
  }

  @Test func `a record of other settings or a damaged one is not gone on with`() {
    let distiller = distiller()
    let settings = distiller.settings(calibration: "a text", tokenCount: 10)
    let record = UnitedExpertsRecord(settings: settings)
    #expect(UnitedExpertsRecord(reading: record.file, settings: settings) != nil)
    let other = distiller.settings(calibration: "a text", tokenCount: 11)
    #expect(UnitedExpertsRecord(reading: record.file, settings: other) == nil)
    #expect(UnitedExpertsRecord(reading: Array(record.file.dropLast()), settings: settings) == nil)
    #expect(UnitedExpertsRecord(reading: [], settings: settings) == nil)
  }

  @Test func `layers at the ends get no united experts unless asked for`() throws {
    let (_, model) = try TinyModel.load()
    var distiller = Distiller(way: 2, grouping: .index)
    #expect(distiller.layers(of: model.configuration).isEmpty)
    distiller.exemptEdgeCount = 0
    #expect(distiller.layers(of: model.configuration) == [0, 1])
  }
}

@Suite struct GroupLessonTests {
  private func expert(_ seed: UInt64) -> Parameters<Float> {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Float>()
    parameters["gateUp"] = .glorot(outputCount: 12, inputCount: 8, using: &generator)
    parameters["down"] = .glorot(outputCount: 8, inputCount: 6, using: &generator)
    return parameters
  }

  /// Tokens that each visit two of four experts.
  private func activations(seed: UInt64) -> MixtureActivations {
    var generator = SplitMix64(seed: seed)
    let pairs = (0..<200).flatMap { _ in
      (0..<4).shuffled(using: &generator).prefix(2).sorted().map(Int32.init)
    }
    return MixtureActivations(
      topK: 2,
      inputs: .glorot(outputCount: 200, inputCount: 8, using: &generator),
      experts: pairs,
      weights: pairs.map { _ in Float.random(in: 0.1...0.6, using: &generator) }
    )
  }

  @Test func `an expert that equals all members has no error, and nothing has all of it`() {
    let member = expert(1)
    let lesson = GroupLesson(
      activations(seed: 2),
      members: [0, 2],
      experts: [member, expert(3), member, expert(4)],
      product: .plain
    )
    #expect(lesson.error(of: member, product: .plain) < 1e-10)
    #expect(lesson.error(of: Expert.average([member, member]), product: .plain) < 1e-10)
    #expect(abs(lesson.error(of: member.zeros, product: .plain) - 1) < 1e-6)
  }

  @Test func `only tokens that visit the group are learnt, with the square of their share`() {
    let activations = activations(seed: 5)
    let lesson = GroupLesson(
      activations,
      members: [1, 3],
      experts: (0..<4).map { expert(UInt64($0)) },
      product: .plain
    )
    let shares = (0..<200).compactMap { token -> Float? in
      let pairs = [2 * token, 2 * token + 1].filter { [1, 3].contains(activations.experts[$0]) }
      return pairs.isEmpty ? nil : pairs.reduce(0) { $0 + activations.weights[$1] }
    }
    #expect(lesson.tokenCount == shares.count)
    for (weight, share) in zip(lesson.weights, shares) {
      #expect(abs(weight - share * share) < 1e-6)
    }
  }
}

@Suite struct ExpertGroupingTests {
  @Test(arguments: 0..<4 as Range<UInt64>)
  func `planted clusters are found again`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let planted = (0..<16).map { $0 % 4 }.shuffled(using: &generator)
    let similarity = planted.map { one in
      planted.map { other in
        (one == other ? 0.6 : 0) + Double.random(in: -0.2...0.2, using: &generator)
      }
    }
    let groups = BalancedGroups(similarity: similarity).search(from: (0..<16).map { $0 / 4 })
    for one in 0..<16 {
      for other in 0..<16 {
        #expect((groups[one] == groups[other]) == (planted[one] == planted[other]))
      }
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `groups keep their sizes and are at least as alike as neighbours`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let (count, way) = (
      Int.random(in: 1...14, using: &generator), Int.random(in: 2...5, using: &generator)
    )
    let similarity = (0..<count).map { _ in
      (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
    }
    let start = (0..<count).map { $0 / way }
    let search = BalancedGroups(similarity: similarity)
    let groups = search.search(from: start)
    func sizes(_ groups: [Int]) -> [Int] {
      Dictionary(grouping: groups, by: \.self).values.map(\.count).sorted()
    }
    #expect(sizes(groups) == sizes(start))
    #expect(search.score(groups) >= search.score(start) - 1e-6)
    #expect(Set(groups) == Set(0..<((count + way - 1) / way)))
  }
}
