import Randomness
import Testing

@testable import Learning

/// Every layer and loss against finite differences, in `Double`: for its parameters and for its input.
@Suite struct LayerGradientTests {
  private static let stepCount = 5

  /// The error of a layer's gradients under a random, smooth loss of its output.
  private func error(
    seed: UInt64,
    inputCount: Int = 3,
    initialize: (inout Parameters<Double>, inout SplitMix64) -> Void,
    apply: (Variable, Tape<Double>) -> Variable
  ) -> Double {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Double>()
    let batchCount = Int.random(in: 1...3, using: &generator)
    parameters["input"] = .random(Self.stepCount * batchCount, inputCount, &generator)
    initialize(&parameters, &generator)
    let probe = Tape(parameters, product: .plain)
    let shape = probe[apply(probe.parameter("input"), probe)]
    let target = RealMatrix.random(shape.rowCount, shape.columnCount, &generator)
    let weights = Array(repeating: 1.0, count: shape.rowCount)
    return largestGradientError(parameters) { tape in
      let output = apply(tape.parameter("input"), tape)
      return tape.meanSquaredError(output, target: target, weights: weights)
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `gated recurrent units`(seed: UInt64) {
    let layer = GatedRecurrentUnits("layer", unitCount: 4)
    let error = error(seed: seed) {
      layer.initialize(&$0, inputCount: 3, using: &$1)
    } apply: {
      $1.stack(layer($0, stepCount: Self.stepCount, on: $1))
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `a long short-term memory`(seed: UInt64) {
    let layer = LongShortTermMemory("layer", unitCount: 4)
    let error = error(seed: seed) {
      layer.initialize(&$0, inputCount: 3, using: &$1)
    } apply: {
      $1.stack(layer($0, stepCount: Self.stepCount, on: $1))
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `two layers of units, of which only the last state counts`(seed: UInt64) {
    let lower = GatedRecurrentUnits("lower", unitCount: 4)
    let upper = LongShortTermMemory("upper", unitCount: 2)
    let error = error(seed: seed) {
      lower.initialize(&$0, inputCount: 3, using: &$1)
      upper.initialize(&$0, inputCount: 4, using: &$1)
    } apply: {
      let states = $1.stack(lower($0, stepCount: Self.stepCount, on: $1))
      return upper(states, stepCount: Self.stepCount, on: $1)[Self.stepCount - 1]
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 1...3, 1...3)
  func `a causal convolution`(width: Int, dilation: Int) {
    let layer = CausalConvolution("layer", width: width, dilation: dilation)
    let error = error(seed: UInt64(10 * width + dilation)) {
      layer.initialize(&$0, outputCount: 4, inputCount: 3, using: &$1)
    } apply: {
      layer($0, stepCount: Self.stepCount, on: $1)
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `layer normalisation`(seed: UInt64) {
    let layer = LayerNormalization("layer")
    let error = error(seed: seed, inputCount: 6) {
      $0[layer.gain] = .random(1, 6, &$1)
      $0[layer.shift] = .random(1, 6, &$1)
    } apply: {
      layer($0, on: $1)
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: [Activation.sigmoid, .hyperbolicTangent, .rectifier])
  func `an activation`(activation: Activation) {
    for seed in 0..<10 as Range<UInt64> {
      let error = error(seed: seed) { _, _ in
      } apply: {
        $1.apply(activation, to: $0)
      }
      #expect(error < 1e-6, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `dropout, with the same numbers dropped each time`(seed: UInt64) {
    let error = error(seed: seed) { _, _ in
    } apply: {
      var generator = SplitMix64(seed: seed)
      return $1.dropout($0, rate: 0.4, using: &generator)
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `parts of a matrix that overlap, stacked`(seed: UInt64) {
    let error = error(seed: seed, inputCount: 4) { _, _ in
    } apply: {
      let rows = $1.block($0, rows: 1..<4, columns: 0..<3)
      return $1.stack([rows, $1.block($0, rows: 2..<5, columns: 1..<4), rows])
    }
    #expect(error < 1e-6)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `the losses that are not squares`(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Double>()
    parameters["input"] = .random(6, 3, &generator)
    let target = RealMatrix.random(6, 3, &generator)
    let huber = largestGradientError(parameters) {
      $0.huberLoss($0.parameter("input"), target: target, delta: 0.5)
    }
    let quantile = largestGradientError(parameters) {
      $0.quantileLoss($0.parameter("input"), target: target, quantiles: [0.1, 0.5, 0.95])
    }
    #expect(huber < 1e-6 && quantile < 1e-6)
  }
}

@Suite struct DropoutTests {
  @Test func `it drops its share, keeps the mean, and does the same for the same seed`() {
    func dropped(_ seed: UInt64) -> [Double] {
      let tape = Tape(Parameters<Double>(), product: .plain)
      let ones = tape.constant(RealMatrix(rowCount: 100, columnCount: 100, repeating: 1))
      var generator = SplitMix64(seed: seed)
      return tape[tape.dropout(ones, rate: 0.25, using: &generator)].elements
    }
    let output = dropped(1)
    let kinds: Set<Double> = [0, 1 / 0.75]
    #expect(Set(output) == kinds)
    let mean = output.reduce(0, +) / 10_000
    let deviation = (0.25 / 0.75 / 10_000).squareRoot()
    #expect(abs(mean - 1) < 4 * deviation)
    #expect(dropped(1) == output)
    #expect(dropped(2) != output)
  }
}

@Suite struct CausalityTests {
  @Test func `a convolution's output does not depend on what comes later`() {
    var generator = SplitMix64(seed: 4)
    let layer = CausalConvolution("layer", width: 3, dilation: 2)
    var parameters = Parameters<Double>()
    layer.initialize(&parameters, outputCount: 2, inputCount: 2, using: &generator)
    func output(_ sequence: RealMatrix<Double>) -> RealMatrix<Double> {
      let tape = Tape(parameters, product: .plain)
      return tape[layer(tape.constant(sequence), stepCount: 8, on: tape)]
    }
    let sequence = RealMatrix.random(8, 2, &generator)
    var changed = sequence
    changed[5, 0] += 1
    let (before, after) = (output(sequence), output(changed))
    #expect(before.rows(0..<5) == after.rows(0..<5))
    #expect(before.rows([6]) == after.rows([6]), "one step later lies between the kernel's points")
    #expect(before.rows([5]) != after.rows([5]) && before.rows([7]) != after.rows([7]))
  }
}
