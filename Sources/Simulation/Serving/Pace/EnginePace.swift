package import Scheduling

/// How long a machine's steps and requests take: what stands in for the network in a simulation.
///
/// A step takes a fixed time (the weights are read once), and more for each row and each position that rows attend to;
/// rows of prompts and rows that decode cost differently, as the former share the keys and values they read.
package struct EnginePace: Sendable, Hashable {
  /// What a step's duration depends on, in the order of ``EnginePace/microseconds``.
  package enum Feature: Int, Sendable, CaseIterable {
    case step, promptRows, decodingRows, promptPositions, decodingPositions, samples, crowdedRows

    package var name: String {
      switch self {
      case .step: "step"
      case .promptRows: "prompt row"
      case .decodingRows: "decoding row"
      case .promptPositions: "position attended by a prompt's row"
      case .decodingPositions: "position attended by a decoding row"
      case .samples: "token drawn"
      case .crowdedRows: "prompt row beyond \(StepSample.roomyRowCount) in a step"
      }
    }
  }

  /// Microseconds of each feature's unit.
  package var microseconds: [Double]
  /// How steps vary: measured over expected durations of steps that followed each other.
  package var course: [Double]
  /// From a request's arrival to the engine and from the first token to its client, together.
  package var perRequest: Duration

  package init(microseconds: [Double], course: [Double] = [1], perRequest: Duration = .zero) {
    precondition(microseconds.count == Feature.allCases.count && !course.isEmpty)
    self.microseconds = microseconds
    self.course = course
    self.perRequest = perRequest
  }

  /// A machine on which every row costs the same.
  package init(perStep: Duration, perRow: Duration, perAttendedPosition: Duration) {
    let durations = [
      perStep, perRow, perRow, perAttendedPosition, perAttendedPosition, .zero, .zero,
    ]
    self.init(microseconds: durations.map { $0 / .microseconds(1) })
  }

  /// The expected duration of a step.
  package func duration(of plan: StepPlan) -> Duration { duration(of: StepSample(plan)) }

  func duration(of step: StepSample) -> Duration {
    .microseconds(Int64(expectation(step).rounded()))
  }

  /// In microseconds.
  func expectation(_ step: StepSample) -> Double {
    zip(microseconds, step.features).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// What a step was asked, and how long it took where that is known.
package struct StepSample: Sendable, Hashable {
  package var promptRowCount = 0
  package var decodingRowCount = 0
  package var promptPositionCount = 0
  package var decodingPositionCount = 0
  package var sampleCount = 0
  package var duration: Duration = .zero

  /// Prompt rows of a step whose activations stay in the processor's caches.
  static let roomyRowCount = 128

  package init() {}

  package init(_ plan: StepPlan) {
    let decoding = plan.decodingLoad
    promptRowCount = plan.load.rowCount - decoding.rowCount
    promptPositionCount = plan.load.attendedCount - decoding.attendedCount
    decodingRowCount = decoding.rowCount
    decodingPositionCount = decoding.attendedCount
    sampleCount = plan.sampledCount
  }

  var features: [Double] {
    [
      1, Double(promptRowCount), Double(decodingRowCount), Double(promptPositionCount),
      Double(decodingPositionCount), Double(sampleCount),
      Double(max(promptRowCount - Self.roomyRowCount, 0)),
    ]
  }
}
