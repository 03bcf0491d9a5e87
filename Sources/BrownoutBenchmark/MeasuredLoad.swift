import OrderedJSON
import Tensors
import Transformer

/// How a model loads its experts, and what a shape's biases are fitted by.
struct MeasuredLoad {
  let load: ExpertLoad
  /// The mean of the first number that each layer's router reads: what a shape's biases are multiplied by.
  let firstInputs: [Double]

  /// Of `stepCount` steps of 32 sequences with random tokens.
  static func measured(_ model: TransformerModel, stepCount: Int) -> MeasuredLoad {
    let batchSize = 32
    var decoder = RandomDecoder(
      model,
      batchSize: batchSize,
      promptLength: 32,
      stepCount: stepCount
    )
    var load = ExpertLoad(model.configuration)
    var firstInputs = load.pairCounts.map { _ in 0.0 }
    decoder.workspace.observeMixture = { layer, input, routing in
      load.note(routing, layer: layer)
      for row in 0..<input.rowCount {
        firstInputs[layer] += Double(input[row: row][0]) / Double(stepCount * batchSize)
      }
    }
    for _ in 0..<stepCount { decoder.step(decoder.randomTokens(count: batchSize), nil) }
    return MeasuredLoad(load: load, firstInputs: firstInputs)
  }

  var json: JSON {
    [
      "layers": .array(load.shares.map { .array($0.map(JSON.number)) }),
      "first_inputs": .array(firstInputs.map(JSON.number)),
    ]
  }
}
