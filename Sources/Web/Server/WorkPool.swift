import NIOPosix

/// Threads for work that takes long enough to hold up other requests: parsing and tokenising large bodies.
///
/// Handlers share a few threads with `/health`; a prompt of megabytes must not keep a probe waiting.
enum WorkPool {
  /// Bodies of up to this many bytes are worked on where they are: changing threads would cost more.
  private static let inlineLimit = 16 << 10

  /// The result of `work`, which grows with `bodySize`.
  static func run<Value: Sendable>(
    bodySize: Int,
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    guard bodySize > inlineLimit else { return try work() }
    return try await NIOThreadPool.singleton.runIfActive(work)
  }
}
