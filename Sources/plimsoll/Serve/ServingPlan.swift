import ArgumentParser
import Inference
import Scheduling
import Tensors
import Transformer

/// How the machine is divided for one model: worked out, printed and checked before anything is loaded.
struct ServingPlan {
  let format: WeightFormat
  let threads: ThreadPlan
  let memory: MemoryPlan
  let engine: EngineConfiguration

  init(
    _ folder: ModelFolder,
    _ options: EngineOptions,
    _ limits: MachineLimits,
    brownout: BrownoutController? = nil
  ) throws {
    let model = folder.configuration
    let length = options.maxModelLen ?? model.maximumPositionCount
    guard length <= model.maximumPositionCount else {
      throw ValidationError(
        "--max-model-len is \(length), but this model was made for at most"
          + " \(model.maximumPositionCount) tokens."
      )
    }
    format = options.weights.format
    threads = ThreadPlan(requested: options.threads, limits)
    var engine = EngineConfiguration(maximumModelLength: length, kvBlockCount: 0)
    engine.maximumRunning = options.maxRunning
    engine.maximumQueue = options.maxQueue
    engine.isPrefixCaching = options.prefixCaching
    engine.brownout = brownout
    engine.endOfTextIDs = folder.generationDefaults.endOfTextIDs
    memory = try MemoryPlan(
      MemoryPlan.Demand(
        model,
        format: format,
        weights: ModelInspection(model, format: format).byteCount,
        engine: engine,
        requestedCache: options.kvMemory?.bytes
      ),
      limits
    )
    engine.kvBlockCount = memory.blockCount
    self.engine = engine
  }

  /// What the person at the terminal reads about brownout.
  var brownoutText: String {
    guard let brownout = engine.brownout else { return "brownout: off" }
    let (first, next) = (brownout.prefill.configuration, brownout.decode.configuration)
    return "brownout: from \(first.objective / .milliseconds(1)) ms to the first token or"
      + " \(next.objective / .milliseconds(1)) ms between tokens, threshold at least \(first.floor)"
  }
}
