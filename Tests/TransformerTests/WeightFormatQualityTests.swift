import Glibc
import Randomness
import Tensors
import Testing

@testable import Transformer

/// What the smaller weight formats cost the bundled model, on text that it writes itself.
///
/// Of text drawn from the exact model, another model's perplexity is the exact model's times e to the mean
/// divergence between their predictions: measured over whole distributions, it has no noise of its own.
@Suite struct WeightFormatQualityTests {
  private static let folder =
    String(#filePath.dropLast("Tests/TransformerTests/WeightFormatQualityTests.swift".count))
    + "Models/tales-10m-moe"

  private func runner(_ format: WeightFormat, _ backend: KernelBackend) throws -> Runner {
    let folder = try ModelFolder(path: Self.folder)
    let model = try TransformerModel(folder: folder, format: format, backend: backend)
    return Runner(model, sequenceCount: 4)
  }

  /// Four texts of forty tokens, drawn from the model's own distribution.
  private func draw(from runner: Runner) -> [[Int32]] {
    var random = SplitMix64(seed: 7)
    var texts = (0..<4).map { _ in [Int32.random(in: 0..<4096, using: &random)] }
    for _ in 0..<40 {
      let chunks = texts.enumerated().map { (sequence: $0, tokens: [$1[$1.count - 1]]) }
      for (sequence, rows) in runner.step(chunks).enumerated() {
        var left = Float.random(in: 0..<1, using: &random)
        let probabilities = softmax(rows[0])
        let token = probabilities.firstIndex {
          left -= $0
          return left < 0
        }
        texts[sequence].append(Int32(token ?? 0))
      }
    }
    return texts
  }

  private func softmax(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let weights = logits.map { expf($0 - largest) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  private func predictions(_ texts: [[Int32]], _ runner: Runner) -> [[Float]] {
    texts.enumerated().flatMap { runner.step([(sequence: $0, tokens: $1)])[0].map(softmax) }
  }

  private func divergence(of approximation: [Float], from truth: [Float]) -> Double {
    zip(truth, approximation).reduce(0) { sum, pair in
      pair.0 > 0 ? sum + Double(pair.0) * log(Double(pair.0) / Double(pair.1)) : sum
    }
  }

  @Test func `8-bit weights cost half a per cent of perplexity at most, 4-bit three`() throws {
    let backend = KernelBackend(threadCount: 1)
    let texts = draw(from: try runner(.float32, backend))
    let truth = predictions(texts, try runner(.float32, backend))
    for (format, bound) in [(WeightFormat.bfloat16, 1.0001), (.int8, 1.005), (.int4, 1.03)] {
      let approximation = predictions(texts, try runner(format, backend))
      let divergences = zip(approximation, truth).map { divergence(of: $0, from: $1) }
      let ratio = exp(divergences.reduce(0, +) / Double(divergences.count))
      #expect(ratio < bound, "\(format)")
      print("perplexity, \(format) against float32: \(ratio)")
    }
  }
}
