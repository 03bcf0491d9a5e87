import ArgumentParser
import Distillation
import Inference
import OrderedJSON
import Tensors
import Transformer

/// Measures what brownout costs in quality on a text.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well a model foresees a text, with and without brownout.",
    discussion: """
      Prints perplexity, the share of tokens foreseen, and agreement with the model as it is, over a grid of \
      united experts and thresholds. Sequences are computed side by side as in a busy server, because experts \
      are popular or not within a batch.
      """
  )

  @Argument(help: "A Hugging Face model folder; the model that ships if left out.")
  var model: String?

  @Option(help: ArgumentHelp("Text that the model was not trained on.", valueName: "file"))
  var text: String

  @Option(help: "United experts to measure; those beside the model if left out. Repeat for more.")
  var way: [Int] = []

  @Option(help: ArgumentHelp("A file of united experts elsewhere.", valueName: "file"))
  var united: [String] = []

  @Option(help: "Thresholds to measure; 0 to 0.9 by tenths if left out. Repeat for more.")
  var threshold: [Double] = []

  @Flag(help: "Also measure skipping instead of uniting, fewer experts per token, and none at all.")
  var baselines = false

  @Option(help: "Tokens to score.")
  var tokens = 60_000

  @Option(help: "Longest stretch that is scored by itself, in tokens.")
  var window = 256

  @Option(help: "Sequences side by side.")
  var batch = 16

  @Option(help: "Tokens of each in a step: 1 is how answers are generated.")
  var chunk = 1

  @Option(help: "How weights are kept in memory; float32 is exact, int8 is fast.")
  var weights = WeightFormatArgument.int8

  @Option(help: "Threads that compute; one for each usable core if left out.")
  var threads: Int?

  @Flag(help: "Keep the losses beside the united experts: the floor under serving's brownout.")
  var record = false

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard threshold.allSatisfy({ (0...1).contains($0) }) else {
      throw ValidationError("--threshold must be between 0 and 1.")
    }
    guard !record || way.count == 1 else {
      throw ValidationError("--record needs one --way.")
    }
    guard tokens > 0, window > 1, batch > 0, chunk > 0, (threads ?? 1) > 0 else {
      throw ValidationError("--tokens, --batch, --chunk and --threads must be positive.")
    }
  }

  func run() throws {
    let folder = try ModelFolder(path: try ModelLocator.current.locate(model))
    let documents = try TokenizedText(path: text).documents(
      try TextFiles(folder).tokenizer,
      endings: folder.configuration.endOfTextIDs
    )
    let longest = min(window, folder.configuration.maximumPositionCount)
    let scoring = TextScoring(
      windows: TextScoring.windows(documents, length: longest, tokenLimit: tokens),
      batchSize: batch,
      chunkLength: chunk
    )
    let subjects = try subjects(folder)
    let backend = KernelBackend(
      threadCount: ThreadPlan(requested: threads, MachineLimits.current()).threadCount
    )
    var bar = TimedProgress(title: "scoring")
    var report = EvaluationReport(documentCount: documents.count)
    for (index, subject) in subjects.enumerated() {
      let model = try TransformerModel(
        folder: subject.folder,
        format: weights.format,
        backend: backend
      )
      let scores = scoring.score(model, brownout: subject.brownout) { share in
        bar.show((Double(index) + share) / Double(subjects.count))
      }
      report.append(subject, scores)
    }
    bar.show(1)
    if record, let way = way.first {
      try QualityRecord(report.budget(name: "by \(way)")).write(beside: folder, way: way)
    }
    print(json ? report.json.text : report.table)
  }

  /// The model as it is, then everything that is compared with it.
  private func subjects(_ folder: ModelFolder) throws -> [EvaluationSubject] {
    let thresholds = threshold.isEmpty ? (0..<10).reversed().map { Double($0) / 10 } : threshold
    var subjects = [EvaluationSubject(name: "as it is", folder: folder)]
    for (name, united) in try unitedFolders(folder) {
      subjects += thresholds.map {
        EvaluationSubject(name: name, folder: united, brownout: Brownout(threshold: $0))
      }
    }
    guard baselines, let mixture = folder.configuration.mixture else { return subjects }
    subjects += thresholds.map {
      EvaluationSubject(
        name: "skipped",
        folder: folder,
        brownout: Brownout(mode: .full, threshold: $0)
      )
    }
    for topK in (1..<mixture.topK).reversed() {
      for (exempt, name) in [(1, "top \(topK), inner layers"), (0, "top \(topK), all layers")] {
        var lowered = folder
        lowered.configuration = folder.configuration.lowering(topK: topK, exemptEdgeCount: exempt)
        subjects.append(EvaluationSubject(name: name, folder: lowered))
      }
    }
    subjects.append(
      EvaluationSubject(
        name: "no routed experts",
        folder: folder,
        brownout: Brownout(mode: .full, threshold: 0, exemptEdgeCount: 0)
      )
    )
    return subjects
  }

  private func unitedFolders(_ folder: ModelFolder) throws -> [(name: String, ModelFolder)] {
    var folders: [(name: String, ModelFolder)] = []
    for way in way.isEmpty && united.isEmpty ? [2, 4, 8] : way {
      if let united = try folder.united(way: way) {
        folders.append(("by \(way)", united))
      } else if !self.way.isEmpty {
        throw CommandFailure.noUnitedExperts(path: folder.path, way: way)
      }
    }
    for path in united {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      folders.append((name, try folder.united(at: path)))
    }
    return folders
  }
}
