import Synchronization

/// Orders for the engine, from any thread; it looks in between two steps and sleeps while there are none.
final class Mailbox: Sendable {
  /// Yields when something was posted since it was last waited for; for one listener.
  let arrivals: AsyncStream<Void>
  private let bell: AsyncStream<Void>.Continuation
  /// Nil when closed.
  private let orders = Mutex<[EngineCore.Order]?>([])

  init() {
    // One unheard ring is as good as many.
    (arrivals, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// False when nobody will look any more.
  func post(_ order: EngineCore.Order) -> Bool {
    let isOpen = orders.withLock { orders in
      orders?.append(order)
      return orders != nil
    }
    bell.yield()
    return isOpen
  }

  /// Takes out what is there.
  func collect() -> [EngineCore.Order] {
    orders.withLock { orders in
      guard orders?.isEmpty == false else { return [] }
      return exchange(&orders, with: []) ?? []
    }
  }

  /// Takes out what is there and accepts no more.
  func close() -> [EngineCore.Order] { orders.withLock { exchange(&$0, with: nil) ?? [] } }
}
