package import Learning
import Randomness

/// The training of a forecasting network, epoch by epoch; a value that can be kept and taken up again.
///
/// The same plan, series and way of multiplying give the same bits, interrupted or not: what an epoch draws depends on
/// the seed and its number alone.
package struct NetworkTraining: Sendable {
  /// How it is taught.
  package struct Plan: Sendable, Hashable {
    package var epochLimit = 40
    package var batchSize = 128
    /// At the beginning; it falls evenly to nothing at the last epoch.
    package var learningRate: Float = 3e-3
    /// The share of the last state's units that each batch goes without.
    package var dropout: Float = 0.1
    package var gradientLimit: Float = 1
    /// Epochs without improvement that are borne.
    package var patience = 8
    package var seed: UInt64 = 0

    package init() {}
  }

  /// What one epoch came to: mean pinball losses, relative to the load.
  package struct Epoch: Sendable, Hashable {
    package var number: Int
    package var trainingLoss: Double
    package var validationLoss: Double
    package var isBest: Bool
  }

  package let plan: Plan
  private let examples: NetworkExamples
  package internal(set) var network: LoadNetwork
  /// The network as it was when it did best on the validation stretches.
  package internal(set) var best: LoadNetwork
  var adam: Adam<Float>
  package internal(set) var stopping: EarlyStopping
  package internal(set) var isFinished = false

  /// Begins with a new network, or goes on from one that was taught before.
  package init(
    _ shape: NetworkShape,
    on series: [Double],
    plan: Plan = Plan(),
    from earlier: LoadNetwork? = nil
  ) {
    self.plan = plan
    examples = NetworkExamples(series, shape: shape)
    network =
      earlier.map { LoadNetwork(shape, parameters: $0.parameters) }
      ?? LoadNetwork(shape, seed: plan.seed)
    best = network
    adam = Adam(network.parameters)
    stopping = EarlyStopping(patience: plan.patience)
  }

  /// Readings that a series must have to teach a network of this shape.
  package static func leastReadingCount(_ shape: NetworkShape) -> Int {
    shape.seasonLength + shape.windowLength + shape.longestLead
  }

  package var epochCount: Int { stopping.epochCount }

  /// Teaches the network every window once.
  package mutating func runEpoch(product: MatrixProduct<Float>) -> Epoch {
    let number = epochCount
    var generator = SplitMix64(seed: plan.seed &+ 0x51ED_2701 &* UInt64(number + 1))
    let order = examples.training.shuffled(using: &generator)
    let rate = plan.learningRate * (1 - Float(number) / Float(plan.epochLimit))
    var sum = 0.0
    for start in stride(from: 0, to: order.count, by: plan.batchSize) {
      let ends = order[start..<min(start + plan.batchSize, order.count)]
      sum += Double(teach(ends, rate: rate, product, &generator)) * Double(ends.count)
    }
    let validationLoss = loss(product)
    let verdict = stopping.observe(validationLoss)
    if verdict == .improved { best = network }
    isFinished = verdict == .finished || epochCount >= plan.epochLimit
    return Epoch(
      number: number,
      trainingLoss: sum / Double(max(order.count, 1)),
      validationLoss: validationLoss,
      isBest: verdict == .improved
    )
  }

  private mutating func teach(
    _ ends: some Collection<Int>,
    rate: Float,
    _ product: MatrixProduct<Float>,
    _ generator: inout SplitMix64
  ) -> Float {
    let (windows, changes) = examples.batch(ends)
    let tape = Tape(network.parameters, product: product)
    let output = network.output(tape.constant(windows), on: tape) {
      tape.dropout($0, rate: plan.dropout, using: &generator)
    }
    let loss = pinball(output, changes, on: tape)
    var gradients = tape.gradients(of: loss)
    gradients.clip(toNorm: plan.gradientLimit)
    adam.step(&network.parameters, gradients, learningRate: rate)
    return tape[loss].elements[0]
  }

  /// The mean loss on the validation stretches; on everything where there are none.
  private func loss(_ product: MatrixProduct<Float>) -> Double {
    let ends = examples.validation.isEmpty ? examples.training : examples.validation
    var sum = 0.0
    for start in stride(from: 0, to: ends.count, by: 512) {
      let part = ends[start..<min(start + 512, ends.count)]
      let (windows, changes) = examples.batch(part)
      let tape = Tape(network.parameters, product: product)
      let loss = pinball(network.output(tape.constant(windows), on: tape), changes, on: tape)
      sum += Double(tape[loss].elements[0]) * Double(part.count)
    }
    return sum / Double(max(ends.count, 1))
  }

  private func pinball(
    _ output: Variable,
    _ changes: RealMatrix<Float>,
    on tape: Tape<Float>
  ) -> Variable {
    let quantiles = examples.shape.leads.flatMap { _ in NetworkShape.quantiles }
    return tape.quantileLoss(output, target: changes, quantiles: quantiles)
  }
}
