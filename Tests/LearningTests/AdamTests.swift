import Randomness
import Safetensors
import Tensors
import Testing

@testable import Learning

@Suite struct AdamTests {
  private func parameters(_ values: [Double]) -> Parameters<Double> {
    var parameters = Parameters<Double>()
    parameters["x"] = RealMatrix(rowCount: 1, columnCount: values.count, elements: values)
    return parameters
  }

  @Test func `the first step has the learning rate's length in every direction`() {
    var point = parameters([1, 1, 1])
    var adam = Adam(point)
    adam.step(&point, parameters([0.001, -7, 0]), learningRate: 0.1)
    let expected = [0.9, 1.1, 1]
    for (value, expected) in zip(point["x"]?.elements ?? [], expected) {
      #expect(abs(value - expected) < 1e-5)
    }
  }

  @Test func `two steps give what the paper's formulas give`() {
    var point = parameters([0.5])
    var adam = Adam(point)
    adam.step(&point, parameters([2]), learningRate: 0.01)
    adam.step(&point, parameters([-1]), learningRate: 0.01)
    let mean = (0.9 * 0.1 * 2 - 0.1 * 1) / (1 - 0.81)
    let square = (0.999 * 0.001 * 4 + 0.001 * 1) / (1 - 0.999 * 0.999)
    let expected = 0.5 - 0.01 - 0.01 * mean / square.squareRoot()
    #expect(abs((point["x"]?.elements[0] ?? 0) - expected) < 1e-9)
  }

  @Test func `weight decay shrinks a parameter without a gradient`() {
    var point = parameters([2])
    var adam = Adam(point)
    adam.rates.weightDecay = 0.5
    adam.step(&point, parameters([0]), learningRate: 0.1)
    #expect(abs((point["x"]?.elements[0] ?? 0) - 1.9) < 1e-12)
  }

  @Test func `a network learns what another one computes, the same way for the same seed`() {
    func train() -> (first: Float, last: Float, Parameters<Float>) {
      var generator = SplitMix64(seed: 3)
      func network(_ generator: inout SplitMix64) -> Parameters<Float> {
        var parameters = Parameters<Float>()
        parameters["gateUp"] = .glorot(outputCount: 12, inputCount: 4, using: &generator)
        parameters["down"] = .glorot(outputCount: 4, inputCount: 6, using: &generator)
        return parameters
      }
      let layers = GatedFeedForward(
        gateUp: Linear(weight: "gateUp"),
        down: Linear(weight: "down")
      )
      let input = RealMatrix<Float>.glorot(outputCount: 32, inputCount: 4, using: &generator)
      let teacher = Tape(network(&generator), product: .plain)
      let target = teacher[layers(teacher.constant(input), on: teacher)]
      var student = network(&generator)
      var adam = Adam(student)
      var losses: [Float] = []
      for _ in 0..<400 {
        let tape = Tape(student, product: .plain)
        let output = layers(tape.constant(input), on: tape)
        let loss = tape.meanSquaredError(
          output,
          target: target,
          weights: Array(repeating: 1, count: 32)
        )
        losses.append(tape[loss].elements[0])
        adam.step(&student, tape.gradients(of: loss), learningRate: 0.02)
      }
      return (losses[0], losses[399], student)
    }
    let (first, last, student) = train()
    #expect(last < first / 20)
    #expect(train().2 == student)
  }
}

@Suite struct ParametersTests {
  @Test func `what is written is read again, bit for bit`() throws {
    var generator = SplitMix64(seed: 1)
    var parameters = Parameters<Float>()
    parameters["a.weight"] = .glorot(outputCount: 3, inputCount: 5, using: &generator)
    parameters["b"] = RealMatrix(
      rowCount: 1,
      columnCount: 3,
      elements: [-0.0, .infinity, .leastNonzeroMagnitude]
    )
    var file = SafetensorsWriter(metadata: ["origin": "a test"])
    parameters.write(to: &file, prefix: "net.")
    let read = try Parameters(reading: file.file, prefix: "net.")
    #expect(read == parameters)
    #expect(try Parameters(reading: file.file, prefix: "other.").names.isEmpty)
  }

  @Test func `a damaged file is refused`() {
    #expect(throws: SafetensorsDefect.self) { try Parameters(reading: [1, 2, 3]) }
  }
}

@Suite struct MatrixProductTests {
  @Test(arguments: 0..<10 as Range<UInt64>)
  func `the kernels' product agrees with the plain one`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let sizes = (0..<3).map { _ in Int.random(in: 1...70, using: &generator) }
    let left = RealMatrix<Float>.glorot(
      outputCount: sizes[0],
      inputCount: sizes[2],
      using: &generator
    )
    let right = RealMatrix<Float>.glorot(
      outputCount: sizes[1],
      inputCount: sizes[2],
      using: &generator
    )
    let fast = MatrixProduct.kernels(KernelBackend(threadCount: 1))(left, right)
    let plain = MatrixProduct<Float>.plain(left, right)
    #expect(fast.rowCount == sizes[0] && fast.columnCount == sizes[1])
    for (one, other) in zip(fast.elements, plain.elements) { #expect(abs(one - other) < 1e-5) }
  }
}
