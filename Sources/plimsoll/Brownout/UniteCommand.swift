import ArgumentParser
import Distillation
import FoundationEssentials
import Inference
import Learning
import OrderedJSON
import Tensors
import Transformer
import Web

/// Makes united experts for a mixture-of-experts model, for brownout to fall back on.
struct UniteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unite",
    abstract: "Make united experts, which stand in for groups of a model's experts.",
    discussion: """
      Each is taught to do what its group does on the calibration text. The result is written beside the \
      model's weights. An interrupted run goes on where it stopped.
      """
  )

  @Argument(help: "A Hugging Face model folder; the model that ships if left out.")
  var model: String?

  @Option(help: "Experts that one united expert stands in for: 2, 4 or 8.")
  var way: Int

  @Option(help: ArgumentHelp("Text like that which will be served.", valueName: "file"))
  var calibration: String

  @Option(help: "Which experts form a group: neighbours by index, or those with similar outputs.")
  var grouping = ExpertGroupingArgument.index

  @Option(help: "Tokens of the text to learn from.")
  var tokens = 65_536

  @Option(help: "Passes over them.")
  var epochs = 12

  @Option(help: "Layers at either end of the model that get none.")
  var exemptLayers = 1

  @Option(help: "Fixes every random choice.")
  var seed: UInt64 = 0

  @Option(help: "Threads that compute; one for each usable core if left out.")
  var threads: Int?

  @Option(help: ArgumentHelp("Where to write; beside the weights if left out.", valueName: "file"))
  var output: String?

  func validate() throws {
    guard [2, 4, 8].contains(way) else { throw ValidationError("--way must be 2, 4 or 8.") }
    guard tokens > 0, epochs > 0, exemptLayers >= 0, (threads ?? 1) > 0 else {
      throw ValidationError("--tokens, --epochs and --threads must be positive.")
    }
  }

  func run() throws {
    let folder = try ModelFolder(path: try ModelLocator.current.locate(model))
    var distiller = Distiller(way: way, grouping: grouping.grouping)
    distiller.exemptEdgeCount = exemptLayers
    distiller.training.epochCount = epochs
    distiller.seed = seed
    guard !distiller.layers(of: folder.configuration).isEmpty else {
      throw CommandFailure.noExperts(path: folder.path)
    }
    let text = try TokenizedText(path: calibration)
    let windows = text.sample(try TextFiles(folder).tokenizer, tokenCount: tokens, length: 512)
    let path = output ?? folder.path + "/" + UnitedExperts.fileName(way: way)
    let keeper = RecordKeeper(path: path + ".partial")
    var record = keeper.record(
      settings: distiller.settings(
        calibration: text.provenance,
        tokenCount: windows.reduce(0) { $0 + $1.count }
      )
    )
    let united = try teach(distiller, folder, windows, &record, keeper)
    let file = try record.unitedFile(united, folder: folder, version: plimsollVersion)
    try RecordKeeper(path: path).write(file)
    keeper.remove()
    print(UniteReport(record: record).table)
    print("\nwrote \(path), \(ByteSize(bytes: file.count))")
  }

  private func teach(
    _ distiller: Distiller,
    _ folder: ModelFolder,
    _ windows: [[Int32]],
    _ record: inout UnitedExpertsRecord,
    _ keeper: RecordKeeper
  ) throws -> UnitedExperts {
    let backend = KernelBackend(
      threadCount: ThreadPlan(requested: threads, MachineLimits.current()).threadCount
    )
    let model = try TransformerModel(folder: folder, format: .float32, backend: backend)
    var bar = TimedProgress(title: "uniting experts by \(way)")
    defer { bar.show(1) }
    return try distiller.run(
      model,
      windows: windows,
      record: &record,
      product: .kernels(backend),
      progress: { bar.show($0.fraction) },
      finished: { try keeper.write($0.file) }
    )
  }
}

/// `ExpertGrouping` on the command line.
enum ExpertGroupingArgument: String, ExpressibleByArgument, CaseIterable {
  case index, similarity

  var grouping: ExpertGrouping {
    switch self {
    case .index: .index
    case .similarity: .similarity
    }
  }
}

/// Keeps an unfinished record on disk; each file replaces the one before whole.
private struct RecordKeeper {
  let path: String

  /// What an earlier run with the same settings left behind, or an empty record.
  func record(settings: JSON) -> UnitedExpertsRecord {
    if let data = try? Data(contentsOf: URL(filePath: path)),
      let record = UnitedExpertsRecord(reading: Array(data), settings: settings)
    {
      Terminal.writeError("goes on after \(record.entries.count) finished groups\n")
      return record
    }
    return UnitedExpertsRecord(settings: settings)
  }

  func write(_ file: [UInt8]) throws {
    do {
      try Data(file).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure.unwritableFile(path: path, reason: "\(error)")
    }
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// The errors of united experts as a table.
private struct UniteReport {
  let record: UnitedExpertsRecord

  var table: String {
    let rows = record.entries.map { entry in
      [
        "\(ModuleID.united(layer: entry.layer, group: entry.group))",
        entry.members.map(String.init).joined(separator: " "), "\(entry.tokenCount)",
        Self.decimal(entry.averageError), Self.decimal(entry.error),
      ]
    }
    let layers = Set(record.entries.map(\.layer)).sorted().map { layer in
      let errors = record.entries.filter { $0.layer == layer }
      return [
        "layer \(layer), mean", "", "",
        Self.decimal(errors.map(\.averageError).reduce(0, +) / Double(errors.count)),
        Self.decimal(errors.map(\.error).reduce(0, +) / Double(errors.count)),
      ]
    }
    return TextTable(
      header: ["united expert", "members", "tokens", "error of average", "error taught"],
      rows: rows + layers
    ).text + "\n\nerrors on held-out tokens: 0 is the members themselves, 1 no better than nothing"
  }

  private static func decimal(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
  }
}
