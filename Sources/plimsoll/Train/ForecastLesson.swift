import Applications
import Forecasting
import Learning
import Simulation
import Tensors
import Web

/// What one run of `plimsoll train forecaster` learns from and is judged on.
struct ForecastLesson {
  private let command: TrainForecasterCommand
  private let load: RecordedLoad
  private let heldOut: RecordedLoad?
  private let seasonLength: Int
  private let lead: Int
  private let learnt: [Double]
  private let judged: [Double]

  init(_ command: TrainForecasterCommand) throws {
    self.command = command
    load = try RecordedLoad(path: command.load, step: command.step.duration)
    heldOut = try command.holdOut.map {
      try RecordedLoad(path: $0, step: command.step.duration)
    }
    let season = command.season?.duration ?? load.duration
    let reading = command.reading.duration
    seasonLength = max(Int((season / reading).rounded()), 1)
    lead = max(Int((try Self.horizon(command) / reading).rounded(.up)), 1)
    guard lead <= seasonLength else {
      throw CommandFailure.loadTooShort(
        path: command.load,
        reason: "the horizon is longer than a season of \(season.quantity)"
      )
    }
    let whole = load.readings(of: reading, season: season, seed: command.seed)
    if let heldOut {
      learnt = whole
      // Another seed: the held-out week shares no draw with the one that is learnt from.
      judged = heldOut.readings(of: reading, season: season, seed: command.seed &+ 1)
    } else {
      learnt = Array(whole.dropLast(seasonLength))
      judged = Array(whole.suffix(2 * seasonLength))
    }
    let least = NetworkTraining.leastReadingCount(shape)
    guard learnt.count >= least, judged.count > seasonLength + lead else {
      throw CommandFailure.loadTooShort(
        path: command.load,
        reason: "it gives \(learnt.count) readings of \(reading.quantity), and \(least) are needed"
      )
    }
  }

  private static func horizon(_ command: TrainForecasterCommand) throws -> Duration {
    guard let path = command.app else { return command.horizon?.duration ?? .seconds(30) }
    let application = try Application(parsing: TextFile.text(at: path))
    return application.services.map(\.startupTime).max() ?? .seconds(30)
  }

  private var shape: NetworkShape {
    NetworkShape(
      cell: command.method.cell ?? .gru,
      unitCount: command.units,
      seasonLength: seasonLength,
      horizon: lead
    )
  }

  /// Whether a forecaster that was trained earlier still does on this load what it did in training.
  func drift(of earlier: TrainedForecaster) -> DriftReport {
    var detector = earlier.driftDetector
    let evaluation = ForecastEvaluation(
      of: earlier.forecaster(),
      on: learnt,
      from: min(earlier.seasonLength, learnt.count / 2)
    )
    for example in evaluation.cases {
      detector.observe(example.reading, expected: example.forecast.expected)
    }
    return DriftReport(
      hasDrifted: detector.hasDrifted,
      error: evaluation.relativeError,
      expectedError: earlier.expectedError
    )
  }

  /// Fits or teaches; a network's training is kept after every epoch and taken up again.
  func train(_ folder: ForecasterFolder) throws -> TrainedForecaster {
    guard command.method.cell != nil else {
      return TrainedForecaster.fitted(
        command.method,
        to: learnt,
        step: command.reading.duration,
        seasonLength: seasonLength,
        lead: lead
      )
    }
    var plan = NetworkTraining.Plan()
    plan.epochLimit = command.epochs
    plan.seed = command.seed
    var training = NetworkTraining(shape, on: learnt, plan: plan)
    if let kept = folder.partial(), training.resume(from: kept, settings: settings) {
      Terminal.writeError("goes on after \(training.epochCount) finished epochs\n")
    }
    var bar = TimedProgress(title: "training \(command.method.rawValue)")
    let product = MatrixProduct.kernels(KernelBackend(threadCount: 1))
    while !training.isFinished {
      _ = training.runEpoch(product: product)
      try folder.keep(training.checkpoint(settings: settings))
      bar.show(Double(training.epochCount) / Double(plan.epochLimit))
    }
    bar.show(1)
    return TrainedForecaster(
      calibrating: .network(training.best),
      on: learnt,
      step: command.reading.duration,
      seasonLength: seasonLength,
      lead: lead
    )
  }

  /// What the training depends on: an unfinished one is taken up only for the same.
  private var settings: String {
    "\(load.provenance); held out \(heldOut?.provenance ?? "last season"); \(command.method.rawValue), "
      + "\(command.units) units, reading \(command.reading.duration.quantity), season \(seasonLength), "
      + "lead \(lead), epochs \(command.epochs), seed \(command.seed)"
  }

  func provenance(_ trained: TrainedForecaster) -> String {
    let evaluation = evaluation(trained)
    return "plimsoll \(plimsollVersion) train forecaster; \(settings)"
      + "\(load.isSynthetic(seasonLength, command.reading.duration) ? "; synthetic week" : "")"
      + "; held-out error \(evaluation.relativeError)"
  }

  private func evaluation(_ trained: TrainedForecaster) -> ForecastEvaluation {
    ForecastEvaluation(of: trained.forecaster(), on: judged, from: seasonLength)
  }

  /// What was learnt from, for a person.
  private var origin: String {
    let season = (command.reading.duration * seasonLength).quantity
    return load.isSynthetic(seasonLength, command.reading.duration)
      ? "\(load.name) is taken for one day of \(season): learnt from a synthetic week made of it"
      : "learnt from \(load.name), which repeats after \(season)"
  }

  /// The table beside seasonal-naive, on what was held out.
  func report(_ trained: TrainedForecaster) -> String {
    let naive = TrainedForecaster.fitted(
      .seasonalNaive,
      to: learnt,
      step: command.reading.duration,
      seasonLength: seasonLength,
      lead: lead
    )
    let rows = (trained.method == .seasonalNaive ? [naive] : [naive, trained])
      .map { ForecastScores(evaluation($0)).row($0.method.rawValue) }
    let name = heldOut.map { $0.name } ?? "the last season of \(load.name)"
    let ahead = (command.reading.duration * lead).quantity
    return "\(origin)\n\(ahead) ahead on \(name), held out\n"
      + TextTable(header: ForecastScores.header, rows: rows).text
  }
}

/// What a drift check came to.
struct DriftReport {
  var hasDrifted: Bool
  var error: Double
  var expectedError: Double

  func words(path: String) -> String {
    let errors =
      "it errs by \(ForecastScores.percent(error)), and by \(ForecastScores.percent(expectedError)) in training"
    return hasDrifted
      ? "\(path) has drifted: \(errors)" : "\(path) stands: \(errors); nothing is trained"
  }
}

/// An evaluation as a row of a table.
struct ForecastScores {
  static let header = [
    "method", "mean error", "of the load", "within the interval", "under the upper bound", "width",
  ]
  private let evaluation: ForecastEvaluation

  init(_ evaluation: ForecastEvaluation) { self.evaluation = evaluation }

  func row(_ name: String) -> [String] {
    [
      name, "\((evaluation.absoluteError * 100).rounded() / 100) requests/s",
      Self.percent(evaluation.relativeError), Self.percent(evaluation.coverage),
      Self.percent(evaluation.upperCoverage), Self.percent(evaluation.width),
    ]
  }

  static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
