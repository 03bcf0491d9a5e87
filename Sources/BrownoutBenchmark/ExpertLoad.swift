import OrderedJSON
import Tensors
import Transformer

/// For each layer the share of its pairs of token and expert that its router gives to each expert.
struct ExpertLoad {
  let layers: [[Double]]
  /// The mean of the first number that each layer's router reads: what a shape's biases are multiplied by.
  let firstInputs: [Double]

  /// Of `stepCount` steps of 32 sequences with random tokens.
  static func measured(_ model: TransformerModel, stepCount: Int) -> ExpertLoad {
    let batchSize = 32
    var decoder = RandomDecoder(
      model,
      batchSize: batchSize,
      promptLength: 32,
      stepCount: stepCount
    )
    var counts: [[Double]] = model.configuration.layers.map { layer in
      guard case .mixture(let mixture) = layer.feedForward else { return [] }
      return Array(repeating: 0, count: mixture.expertCount)
    }
    var firstInputs = counts.map { _ in 0.0 }
    decoder.workspace.observeMixture = { layer, input, routing in
      for expert in routing.experts { counts[layer][Int(expert)] += 1 }
      for row in 0..<input.rowCount {
        firstInputs[layer] += Double(input[row: row][0]) / Double(stepCount * batchSize)
      }
    }
    for _ in 0..<stepCount { decoder.step(decoder.randomTokens(count: batchSize), nil) }
    return ExpertLoad(
      layers: counts.map { layer in layer.map { $0 / max(layer.reduce(0, +), 1) } },
      firstInputs: firstInputs
    )
  }

  var json: JSON {
    [
      "layers": .array(layers.map { .array($0.map(JSON.number)) }),
      "first_inputs": .array(firstInputs.map(JSON.number)),
    ]
  }
}
