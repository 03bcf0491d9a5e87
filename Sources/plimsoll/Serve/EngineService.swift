import Inference
import ServiceLifecycle

/// Loads the model, then runs the engine until the answers have been given.
struct EngineService: Service {
  /// Makes the engine; blocks for as long as the weights take to load.
  let load: @Sendable () throws -> Engine

  func run() async throws {
    let load = load
    let engine = try await Thread.result(of: load)
    try await cancelWhenGracefulShutdown { try await engine.run() }
  }
}

extension Thread {
  /// The result of `work`, done on a thread of its own so that it holds up nobody.
  static func result<Value: Sendable>(
    of work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result(catching: work)) }.start()
    }
  }
}
