import FoundationEssentials
import Safetensors
import Tensors
import Testing

@testable import Learning

/// What PyTorch computes in float32, and its gradients; see `Goldens/README.md`.
@Suite struct GoldenLayerTests {
  /// One case of the file: what is given, what is to come out, the gradients of its loss.
  private struct Case {
    let given: Parameters<Float>
    let expected: Parameters<Float>
    let gradients: Parameters<Float>

    init(_ name: String) throws {
      let path = String(#filePath.dropLast("GoldenLayerTests.swift".count)) + "Goldens/"
      let file = Array(try Data(contentsOf: URL(filePath: path + "layers.safetensors")))
      given = try Parameters(reading: file, prefix: name + "/in/")
      expected = try Parameters(reading: file, prefix: name + "/out/")
      gradients = try Parameters(reading: file, prefix: name + "/grad/")
    }

    /// Checks output, loss and every gradient, computed both ways of multiplying matrices.
    func check(
      loss: ((Variable, RealMatrix<Float>, Tape<Float>) -> Variable)? = nil,
      _ output: (Tape<Float>) -> Variable
    ) throws {
      for product in [MatrixProduct.plain, .kernels(KernelBackend(threadCount: 1))] {
        let tape = Tape(given, product: product)
        let value = output(tape)
        let expectedValue = try #require(expected["value"])
        let distance = tape[value].largestDistance(to: expectedValue)
        #expect(distance < 1e-5)
        let target = given["target"] ?? expectedValue
        let weights = [Float](repeating: 1, count: expectedValue.rowCount)
        let error =
          loss?(value, target, tape)
          ?? tape.meanSquaredError(value, target: target, weights: weights)
        let wanted = try #require(expected["loss"])
        #expect(tape[error].largestDistance(to: wanted) < 1e-5)
        let computed = tape.gradients(of: error)
        for name in gradients.names {
          let distance = try #require(computed[name])
            .largestDistance(to: try #require(gradients[name]))
          #expect(distance < 1e-5, "gradient of \(name)")
        }
        #expect(!gradients.names.isEmpty)
      }
    }
  }

  @Test func `gated recurrent units`() throws {
    let layer = GatedRecurrentUnits("layer", unitCount: 8)
    try Case("gru").check { $0.stack(layer($0.parameter("input"), stepCount: 7, on: $0)) }
  }

  @Test func `a long short-term memory`() throws {
    let layer = LongShortTermMemory("layer", unitCount: 8)
    try Case("lstm").check { $0.stack(layer($0.parameter("input"), stepCount: 7, on: $0)) }
  }

  @Test(arguments: [("convolution", 3, 1), ("dilated", 2, 3)])
  func `a causal convolution`(name: String, width: Int, dilation: Int) throws {
    let layer = CausalConvolution("layer", width: width, dilation: dilation)
    try Case(name).check { layer($0.parameter("input"), stepCount: 7, on: $0) }
  }

  @Test func `a linear layer`() throws {
    let layer = Linear(weight: "layer.weight", bias: "layer.bias")
    try Case("linear").check { layer($0.parameter("input"), on: $0) }
  }

  @Test func `a gated feed-forward network`() throws {
    let layer = GatedFeedForward(gateUp: Linear(weight: "gateUp"), down: Linear(weight: "down"))
    try Case("swiglu").check { layer($0.parameter("input"), on: $0) }
  }

  @Test func `layer normalisation`() throws {
    let layer = LayerNormalization("layer")
    try Case("norm").check { layer($0.parameter("input"), on: $0) }
  }

  @Test(
    arguments: [
      ("sigmoid", Activation.sigmoid), ("tanh", .hyperbolicTangent), ("relu", .rectifier),
    ]
  ) func `an activation`(name: String, activation: Activation) throws {
    try Case(name).check { $0.apply(activation, to: $0.parameter("input")) }
  }

  @Test func `dropout, given what was dropped`() throws {
    let example = try Case("dropout")
    let factors = try #require(example.given["factors"])
    try example.check { $0.scale($0.parameter("input"), by: factors) }
  }

  @Test func `the losses`() throws {
    try Case("mse").check { $0.parameter("input") }
    try Case("huber").check(loss: { $2.huberLoss($0, target: $1, delta: 0.7) }) {
      $0.parameter("input")
    }
    try Case("pinball")
      .check(loss: { $2.quantileLoss($0, target: $1, quantiles: [0.1, 0.5, 0.9]) }) {
        $0.parameter("input")
      }
  }

  @Test(arguments: [("adam", 0 as Float), ("adamw", 0.1)])
  func `five steps of an optimiser`(name: String, weightDecay: Float) throws {
    let example = try Case(name)
    var point = Parameters<Float>()
    point["x"] = example.given["x"]
    var adam = Adam(point)
    adam.rates.weightDecay = weightDecay
    for step in 0..<5 {
      var gradient = Parameters<Float>()
      gradient["x"] = example.given["gradient\(step)"]
      adam.step(&point, gradient, learningRate: 0.01)
    }
    let expected = try #require(example.expected["x"])
    #expect(try #require(point["x"]).largestDistance(to: expected) < 1e-5)
  }

  @Test func `clipping by norm`() throws {
    let example = try Case("clip")
    var gradients = example.given
    #expect(gradients.clip(toNorm: 1.5) > 1.5)
    let expected = try #require(example.expected["x"])
    #expect(try #require(gradients["x"]).largestDistance(to: expected) < 1e-5)
    #expect(abs(gradients.norm - 1.5) < 1e-5)
    let before = gradients
    gradients.clip(toNorm: 2)
    #expect(gradients == before)
  }
}

extension RealMatrix<Float> {
  /// The largest difference of two numbers, as a share of the larger matrix's largest or of 1.
  fileprivate func largestDistance(to other: RealMatrix) -> Float {
    guard rowCount == other.rowCount, columnCount == other.columnCount else { return .infinity }
    let scale = other.elements.reduce(1) { max($0, abs($1)) }
    return zip(elements, other.elements).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
  }
}
