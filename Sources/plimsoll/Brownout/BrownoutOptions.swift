import ArgumentParser
import FoundationEssentials
import OrderedJSON
import Scheduling
import Transformer

/// Whether and how far `plimsoll serve` trades quality for latency.
struct BrownoutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "In a pinch let united experts of this way serve; they must lie beside the weights.",
      valueName: "way"
    )
  )
  var brownout: Int?

  @Option(
    help: ArgumentHelp("Time to first token to keep in the 90th percentile.", valueName: "ms")
  )
  var brownoutFirstToken = 1_000.0

  @Option(
    help: ArgumentHelp("Time between tokens to keep in the 90th percentile.", valueName: "ms")
  )
  var brownoutNextToken = 100.0

  @Option(
    help: "The lowest threshold; as measured for a loss of at most 5 % of accuracy if left out."
  )
  var brownoutFloor: Double?

  @Option(help: "The same for steps that only prefill; as for the others if left out.")
  var brownoutPrefillFloor: Double?

  /// What can be asked for, in milliseconds.
  private static let objectives = 0.001...86_400_000

  func validate() throws {
    guard [2, 4, 8].contains(brownout ?? 2) else {
      throw ValidationError("--brownout must be 2, 4 or 8.")
    }
    guard brownout != nil || brownoutFloor == nil && brownoutPrefillFloor == nil else {
      throw ValidationError("--brownout-floor and --brownout-prefill-floor need --brownout.")
    }
    guard Self.objectives.contains(brownoutFirstToken), Self.objectives.contains(brownoutNextToken)
    else {
      throw ValidationError(
        "--brownout-first-token and --brownout-next-token must be between a microsecond and a day."
      )
    }
    guard [brownoutFloor, brownoutPrefillFloor].allSatisfy({ (0...1).contains($0 ?? 0) }) else {
      throw ValidationError("A floor of brownout must be between 0 and 1.")
    }
  }

  /// The model folder with the united experts that were asked for.
  func unite(_ folder: ModelFolder) throws -> ModelFolder {
    guard let way = brownout else { return folder }
    if let united = try folder.united(way: way) { return united }
    let hasExperts = folder.configuration.layers.contains {
      if case .mixture = $0.feedForward { true } else { false }
    }
    throw hasExperts
      ? CommandFailure.noUnitedExperts(path: folder.path, way: way)
      : CommandFailure.noExperts(path: folder.path)
  }

  func controller(_ folder: ModelFolder) throws -> BrownoutController? {
    guard let way = brownout else { return nil }
    let floor = try brownoutFloor ?? QualityRecord(folder, way: way).budget.floor()
    return BrownoutController(
      // First tokens are rarer than others, so their window is longer.
      prefill: LatencyController.Configuration(
        objective: .milliseconds(brownoutFirstToken),
        floor: brownoutPrefillFloor ?? floor,
        window: .seconds(10)
      ),
      decode: LatencyController.Configuration(
        objective: .milliseconds(brownoutNextToken),
        floor: floor
      )
    )
  }
}

/// The accuracy that a model loses with its united experts, kept beside them.
struct QualityRecord {
  let budget: AccuracyBudget

  init(_ budget: AccuracyBudget) { self.budget = budget }

  static func path(_ folder: ModelFolder, way: Int) -> String {
    "\(folder.path)/united-experts-\(way).quality.json"
  }

  /// Reads what `plimsoll evaluate --record` wrote.
  init(_ folder: ModelFolder, way: Int) throws {
    let name = "united-experts-\(way).quality.json"
    guard let losses = try folder.json(name)?["relative_accuracy_losses"]?.objectValue else {
      throw CommandFailure.noQualityRecord(way: way)
    }
    budget = AccuracyBudget(
      losses: losses.reduce(into: [:]) { known, entry in
        if let threshold = Double(entry.key), let loss = entry.value.doubleValue {
          known[threshold] = loss
        }
      }
    )
  }

  var json: JSON {
    let losses = budget.losses.sorted { $0.key > $1.key }
    return [
      "relative_accuracy_losses": .object(
        JSON.Object(uniqueKeysWithValues: losses.map { ("\($0.key)", .number($0.value)) })
      )
    ]
  }

  func write(beside folder: ModelFolder, way: Int) throws {
    let path = Self.path(folder, way: way)
    do {
      try Data((json.text + "\n").utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure.unwritableFile(path: path, reason: "\(error)")
    }
  }
}
