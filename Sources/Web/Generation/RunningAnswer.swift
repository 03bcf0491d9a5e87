import Inference

/// The streams that answer one HTTP request, one per prompt, and the connection they are for.
struct RunningAnswer: Sendable {
  /// What may wake the writer of an answer.
  enum Signal: Sendable {
    case event(prompt: Int, GenerationEvent)
    /// A stream is over; without a preceding `.usage` or `.failed` the engine has let it down.
    case ended(prompt: Int)
    case keepAliveDue
    case disconnected
  }

  enum Progress { case ongoing, complete }

  let streams: [AsyncStream<GenerationEvent>]
  let connection: Connection?

  /// Calls `body` with everything that has happened since its last call, until it answers that the answer is
  /// complete or every stream has ended.
  ///
  /// When it returns or throws, the streams are cancelled, which frees their places and KV blocks: also when
  /// the client goes away and when the surrounding task is cancelled.
  func forEachBatch(
    keepAliveInterval: Duration? = nil,
    _ body:
      @concurrent ([(prompt: Int, event: GenerationEvent)], _ isKeepAliveDue: Bool)
      async throws -> Progress
  ) async throws {
    let mailbox = Mailbox<Signal>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      addSenders(to: &group, mailbox, keepAliveInterval)
      var runningCount = streams.count
      for await batch in mailbox.batches {
        var events: [(prompt: Int, event: GenerationEvent)] = []
        var isKeepAliveDue = false
        for signal in batch {
          switch signal {
          case .event(let prompt, let event): events.append((prompt, event))
          case .ended: runningCount -= 1
          case .keepAliveDue: isKeepAliveDue = true
          case .disconnected: throw APIFault.clientDisconnected
          }
        }
        let progress = try await body(events, isKeepAliveDue)
        if progress == .complete || runningCount == 0 { return }
      }
      throw CancellationError()
    }
  }

  private func addSenders(
    to group: inout ThrowingTaskGroup<Void, any Error>,
    _ mailbox: Mailbox<Signal>,
    _ keepAliveInterval: Duration?
  ) {
    for (prompt, stream) in streams.enumerated() {
      group.addTask {
        for await event in stream { mailbox.put(.event(prompt: prompt, event)) }
        mailbox.put(.ended(prompt: prompt))
      }
    }
    if let connection {
      group.addTask {
        await connection.waitUntilClosed()
        mailbox.put(.disconnected)
      }
    }
    if let keepAliveInterval {
      group.addTask {
        while true {
          try await Task.sleep(for: keepAliveInterval)
          mailbox.put(.keepAliveDue)
        }
      }
    }
  }
}

extension APIFault {
  init(_ failure: GenerationFailure) {
    switch failure {
    case .deadlinePassed: self = .deadlinePassed
    case .engineStopped: self = .engineStopped
    }
  }
}
