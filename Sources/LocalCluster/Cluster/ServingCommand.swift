import Applications

/// How a replica of a language model is started: `plimsoll serve` with what the application document says.
struct ServingCommand {
  let model: Application.LanguageModel
  let service: Application.Service
  let resources: Resources

  /// Ready once the weights are loaded.
  static let healthPath = "/ready"

  func arguments(executable: String, port: Int) -> [String] {
    let threadCount = max(1, (resources.limits.cpu.count + 999) / 1000)
    // Weights, activations and the prefix cache's tables need the rest.
    let cache = resources.limits.memory.bytes / 4
    return [
      executable, "serve", model.model, "--port", "\(port)", "--weights", model.weights.rawValue,
      "--threads", "\(threadCount)", "--kv-memory", "\(cache)", "--max-running",
      "\(service.concurrency)", "--max-queue", "\(service.queueLength)", "--drain-timeout",
      "\(service.drainTime.seconds)", "--bench-lengths",
    ] + model.classes.flatMap { ["--class", "\($0.name)=\(Self.promises(of: $0))"] }
  }

  private static func promises(of kind: Application.LanguageModel.RequestClass) -> String {
    let first = kind.timeToFirstToken.map { "ttft:\($0.quantity)" }
    let each = kind.timePerOutputToken.map { "tpot:\($0.quantity)" }
    return [first, each, "weight:1"].compactMap(\.self).joined(separator: ",")
  }
}
