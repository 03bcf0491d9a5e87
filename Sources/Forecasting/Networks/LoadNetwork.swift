package import Learning
import Randomness

/// A recurrent network that forecasts load: the window through the cells, the last state to quantiles of each lead.
///
/// The GRU form is after esDNN (Xu and others, "esDNN: deep neural network based multivariate workload prediction in cloud
/// computing environments"), which feeds sliding windows of several series to gated recurrent units.
package struct LoadNetwork: Sendable, Hashable {
  package let shape: NetworkShape
  package internal(set) var parameters: Parameters<Float>

  private var head: Linear { Linear(weight: "head.weight", bias: "head.bias") }

  package init(_ shape: NetworkShape, parameters: Parameters<Float>) {
    self.shape = shape
    self.parameters = parameters
  }

  /// A network that has learnt nothing; its last layer begins at "nothing changes".
  package init(_ shape: NetworkShape, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var parameters = Parameters<Float>()
    switch shape.cell {
    case .gru:
      GatedRecurrentUnits("cells", unitCount: shape.unitCount)
        .initialize(&parameters, inputCount: NetworkShape.featureCount, using: &generator)
    case .lstm:
      LongShortTermMemory("cells", unitCount: shape.unitCount)
        .initialize(&parameters, inputCount: NetworkShape.featureCount, using: &generator)
    }
    parameters["head.weight"] = RealMatrix(
      rowCount: shape.outputCount,
      columnCount: shape.unitCount
    )
    parameters["head.bias"] = RealMatrix(rowCount: 1, columnCount: shape.outputCount)
    // A network that is read from a file has this order too, and sums over it the same way.
    self.init(shape, parameters: parameters.inOrder)
  }

  /// Changes from the latest reading, relative to the window's mean: `[batch, leads · quantiles]`.
  ///
  /// `windows` is `[windowLength · batch, features]`, one point in time after the other. `thin` may drop units of the
  /// last state, in training.
  package func output(
    _ windows: Variable,
    on tape: Tape<Float>,
    thin: (Variable) -> Variable = { $0 }
  ) -> Variable {
    let states =
      switch shape.cell {
      case .gru:
        GatedRecurrentUnits("cells", unitCount: shape.unitCount)(
          windows,
          stepCount: shape.windowLength,
          on: tape
        )
      case .lstm:
        LongShortTermMemory("cells", unitCount: shape.unitCount)(
          windows,
          stepCount: shape.windowLength,
          on: tape
        )
      }
    return head(thin(states[shape.windowLength - 1]), on: tape)
  }

  /// Whether the parameters are those that the shape asks for.
  var isSound: Bool {
    let model = LoadNetwork(shape, seed: 0).parameters
    return Set(model.names) == Set(parameters.names)
      && model.names.allSatisfy { name in
        guard let expected = model[name], let actual = parameters[name] else { return false }
        return expected.rowCount == actual.rowCount && expected.columnCount == actual.columnCount
          && actual.elements.allSatisfy(\.isFinite)
      }
  }
}
