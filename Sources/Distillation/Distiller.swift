package import Learning
package import OrderedJSON
package import Transformer

/// Makes united experts: for each group of a layer's experts one that stands in for them, taught by distillation.
///
/// After BrownoutServe (arXiv 2507.17133) with what its follow-up's code settles: start from the parameter average,
/// learn the routing-weighted outputs of the members on hooked activations (see ``GroupLesson``).
package struct Distiller {
  package var way: Int
  package var grouping: ExpertGrouping
  /// Layers at either end without united experts: brownout leaves them as they are.
  package var exemptEdgeCount = 1
  package var training = GroupTraining()
  package var seed: UInt64 = 0

  package init(way: Int, grouping: ExpertGrouping) {
    precondition(way >= 2, "groups of \(way)")
    self.way = way
    self.grouping = grouping
  }

  /// How far a run has come.
  package struct Progress: Sendable, Hashable {
    package enum Phase: String, Sendable {
      case listening
      case teaching
    }

    package let phase: Phase
    /// 0...1 over both phases.
    package let fraction: Double
  }

  /// What the result depends on, apart from the model.
  package func settings(calibration: String, tokenCount: Int) -> JSON {
    [
      "way": .integer(way),
      "grouping": .string(grouping.rawValue),
      "exempt_layers_at_each_end": .integer(exemptEdgeCount),
      "calibration": .string(calibration),
      "calibration_tokens": .integer(tokenCount),
      "epochs": .integer(training.epochCount),
      "batch": .integer(training.batchSize),
      "learning_rate": .number(Double(training.learningRate)),
      "seed": .string(String(seed)),
    ]
  }

  /// The layers that get united experts.
  package func layers(of configuration: ModelConfiguration) -> [Int] {
    configuration.layers.indices.filter { layer in
      guard case .mixture = configuration.layers[layer].feedForward else { return false }
      return Brownout(threshold: 0, exemptEdgeCount: exemptEdgeCount)
        .reaches(layer: layer, of: configuration.layerCount)
    }
  }

  /// Makes what `record` lacks, from `windows` of calibration text, each a sequence of its own, with `model`
  /// as the teacher, which needs no united experts.
  ///
  /// `finished` is told the record after each group, so that it can be kept; what it throws ends the run.
  package func run(
    _ model: TransformerModel,
    windows: [[Int32]],
    record: inout UnitedExpertsRecord,
    product: MatrixProduct<Float>,
    progress: (Progress) -> Void,
    finished: (UnitedExpertsRecord) throws -> Void
  ) throws -> UnitedExperts {
    let layers = layers(of: model.configuration)
    let activations = MixtureActivations.gather(model, windows: windows, layers: Set(layers)) {
      progress(Progress(phase: .listening, fraction: $0 * Self.listeningShare))
    }
    var groups = Array(repeating: [Int](), count: model.configuration.layerCount)
    for (index, layer) in layers.enumerated() {
      guard let heard = activations[layer] else { continue }
      let experts = model.experts(layer: layer)
      groups[layer] = grouping.groups(experts, way: way, inputs: heard.inputs, product: product)
      try teach(layer, groups[layer], experts, heard, &record, product, finished) { share in
        let done = (Double(index) + share) / Double(layers.count)
        let fraction = Self.listeningShare + (1 - Self.listeningShare) * done
        progress(Progress(phase: .teaching, fraction: fraction))
      }
    }
    return UnitedExperts(way: way, groups: groups)
  }

  /// Share of the progress that listening counts for.
  private static let listeningShare = 0.02

  /// Teaches the groups of one layer that `record` lacks.
  private func teach(
    _ layer: Int,
    _ groups: [Int],
    _ experts: [Parameters<Float>],
    _ activations: MixtureActivations,
    _ record: inout UnitedExpertsRecord,
    _ product: MatrixProduct<Float>,
    _ finished: (UnitedExpertsRecord) throws -> Void,
    _ progress: (Double) -> Void
  ) throws {
    let groupCount = (groups.max() ?? -1) + 1
    for group in 0..<groupCount where record.entry(layer: layer, group: group) == nil {
      let members = groups.indices.filter { groups[$0] == group }
      let lesson = GroupLesson(activations, members: members, experts: experts, product: product)
      let outcome = training.teach(
        lesson,
        from: Expert.average(members.map { experts[$0] }),
        seed: seed &+ UInt64(layer) << 32 &+ UInt64(group),
        product: product
      ) { progress((Double(group) + $0) / Double(groupCount)) }
      let entry = UnitedExpertsRecord.Entry(
        layer: layer,
        group: group,
        members: members,
        tokenCount: lesson.tokenCount,
        averageError: outcome.averageError,
        error: outcome.error
      )
      record.append(entry, outcome.expert)
      try finished(record)
    }
  }
}

extension TransformerModel {
  /// The weights of a layer's experts.
  package func experts(layer: Int) -> [Parameters<Float>] {
    (0..<(configuration.mixture?.expertCount ?? 0)).compactMap { index in
      guard case .feedForward(let expert) = self[.expert(layer: layer, index: index)] else {
        return nil
      }
      return Parameters(expert)
    }
  }
}
