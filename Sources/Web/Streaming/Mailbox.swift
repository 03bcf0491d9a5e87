import Synchronization

/// Collects messages from several senders for one reader, who takes all that have come at once.
///
/// Unbounded by itself: senders here are answers, whose length is bounded by `max_tokens`.
final class Mailbox<Message: Sendable>: Sendable {
  private let messages = Mutex<[Message]>([])
  private let arrivals: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation

  init() {
    (arrivals, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func put(_ message: Message) {
    messages.withLock { $0.append(message) }
    bell.yield()
  }

  /// Everything that has come, in order, each time something has; ends when the task is cancelled.
  ///
  /// There must be one reader.
  var batches: some AsyncSequence<[Message], Never> {
    arrivals.map { _ in self.takeAll() }.filter { !$0.isEmpty }
  }

  private func takeAll() -> [Message] {
    messages.withLock { pending in
      defer { pending = [] }
      return pending
    }
  }
}
