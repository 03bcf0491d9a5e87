import NIOCore
import NIOHTTP1

@testable import Routing

/// An endpoint whose answers wait until the gate is opened.
struct Gate: Sendable {
  private let eventLoop: any EventLoop
  private let waiting: NIOLoopBoundBox<[(HTTPAnswerer.Reply) -> Void]>

  init(eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    waiting = .makeBoxSendingValue([], eventLoop: eventLoop)
  }

  func endpoint() async throws -> HTTPAnswerer {
    let waiting = waiting
    return try await HTTPAnswerer.open(on: eventLoop) {
      { _, reply in waiting.value.append(reply) }
    }
  }

  func open() async throws {
    try await eventLoop.submit {
      for reply in waiting.value { reply(.answer(.ok)) }
      waiting.value = []
    }.get()
  }
}

/// Counts on an event loop.
struct LoopCounter: Sendable {
  private let box: NIOLoopBoundBox<Int>

  init(eventLoop: any EventLoop) { box = .makeBoxSendingValue(0, eventLoop: eventLoop) }

  func next() -> Int {
    box.value += 1
    return box.value
  }
}
