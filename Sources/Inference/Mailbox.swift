import Synchronization

/// Orders for the engine, from any thread; it looks in between two steps and sleeps while there are none.
final class Mailbox: Sendable {
  /// Yields when something was posted since it was last waited for; for one listener.
  let arrivals: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation
  private let orders = Mutex<[EngineCore.Order]>([])

  init() {
    // One unheard ring is as good as many.
    (arrivals, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  func post(_ order: EngineCore.Order) {
    orders.withLock { $0.append(order) }
    bell.yield()
  }

  /// Takes out what is there.
  func collect() -> [EngineCore.Order] {
    orders.withLock { orders in
      guard !orders.isEmpty else { return [] }
      return exchange(&orders, with: [])
    }
  }
}
