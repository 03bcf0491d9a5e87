import Glibc
package import Learning
import Randomness

/// Teaches one united expert its lesson.
package struct GroupTraining: Sendable, Hashable {
  package var epochCount = 12
  /// Tokens per step.
  package var batchSize = 256
  /// Of Adam at the start; it falls to nothing along a quarter of a cosine.
  package var learningRate: Float = 2e-3
  /// Every so many-th token is kept for the report instead of learnt from.
  package var heldOutStride = 10

  package init() {}

  /// A taught expert and its errors on tokens that it was not taught (``GroupLesson/error(of:product:)``).
  package struct Outcome: Sendable {
    package let expert: Parameters<Float>
    package let averageError: Double
    package let error: Double
  }

  /// Starts from `average`, the parameter average of the members.
  ///
  /// `progress` is told the share done after each step.
  package func teach(
    _ lesson: GroupLesson,
    from average: Parameters<Float>,
    seed: UInt64,
    product: MatrixProduct<Float>,
    progress: (Double) -> Void
  ) -> Outcome {
    let rows = 0..<lesson.tokenCount
    let heldOut = lesson.part(rows.filter { $0 % heldOutStride == 0 })
    var expert = average
    var adam = Adam(expert)
    var generator = SplitMix64(seed: seed)
    var order = rows.filter { $0 % heldOutStride != 0 }
    let stepsPerEpoch = (order.count + batchSize - 1) / batchSize
    let stepCount = max(epochCount * stepsPerEpoch, 1)
    for _ in 0..<epochCount {
      order.shuffle(using: &generator)
      for start in stride(from: 0, to: order.count, by: batchSize) {
        let batch = lesson.part(order[start..<min(start + batchSize, order.count)])
        let share = Float(adam.stepCount) / Float(stepCount)
        let tape = Tape(expert, product: product)
        let outputs = Expert.network(tape.constant(batch.inputs), on: tape)
        let loss = tape.meanSquaredError(outputs, target: batch.targets, weights: batch.weights)
        adam.step(
          &expert,
          tape.gradients(of: loss),
          learningRate: learningRate * cosf(share * .pi / 2)
        )
        progress(Double(adam.stepCount) / Double(stepCount))
      }
    }
    return Outcome(
      expert: expert,
      averageError: heldOut.error(of: average, product: product),
      error: heldOut.error(of: expert, product: product)
    )
  }
}
