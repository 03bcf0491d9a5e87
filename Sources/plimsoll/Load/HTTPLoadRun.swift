import AsyncHTTPClient
import LoadGeneration
import NIOCore
import NIOHTTP1
import Synchronization

/// The same HTTP request, sent at planned times.
struct HTTPLoadRun: Sendable {
  let client: LoadClient
  let url: String
  let method: HTTPMethod
  let headers: HTTPHeaders
  let body: ByteBuffer?
  let timeout: Duration

  /// The measurements, filled by the tasks of all requests.
  private final class Measurements: Sendable {
    let value = Mutex(HTTPLoadSummary())
  }

  /// Sends a request at each of `arrivals` and waits for all answers, or for Ctrl-C.
  func measure(_ arrivals: ArrivalTimes, expectedCount: Int) async -> HTTPLoadSummary {
    let measurements = Measurements()
    let progress = RunProgress(plannedCount: expectedCount, title: "load")
    let drawing = Task { await progress.draw() }
    let usedBefore = ProcessorTime.used
    let loop = OpenLoop(start: .now, thread: client.thread)
    let isInterrupted = await OpenLoop.interruptible {
      await loop.run(arrivals, at: \.self) { intended in
        progress.noteStart()
        let sent = loop.now
        let ending = await perform(due: intended, loop)
        let end = loop.now
        measurements.value.withLock { $0.add(ending, intended: intended, sent: sent, end: end) }
        progress.noteEnd(isGood: ending.isSuccess)
      }
    }
    var summary = measurements.value.withLock { $0 }
    summary.elapsed = loop.now
    summary.processorTime = ProcessorTime.used - usedBefore
    summary.isInterrupted = isInterrupted
    drawing.cancel()
    await drawing.value
    return summary
  }

  private func perform(due intended: Duration, _ loop: OpenLoop) async -> HTTPLoadSummary.Ending {
    var request = HTTPClientRequest(url: url)
    request.method = method
    request.headers = headers
    if let body { request.body = .bytes(body) }
    return await client.perform(request, due: intended, within: timeout, loop)
  }
}

extension LoadClient {
  /// Sends a request and takes in its whole answer, within so long of when it was due.
  func perform(
    _ request: HTTPClientRequest,
    due intended: Duration,
    within timeout: Duration,
    _ loop: OpenLoop
  ) async -> HTTPLoadSummary.Ending {
    let remaining = max(intended + timeout - loop.now, .zero)
    do {
      let response = try await http.execute(request, deadline: .now() + TimeAmount(remaining))
      for try await _ in response.body {
        guard loop.now - intended <= timeout else { return .timedOut }
      }
      return .answered(status: Int(response.status.code))
    } catch {
      switch NetworkFault(error) {
      case .cancelled: return .unfinished
      case .timedOut: return .timedOut
      case .broken(let reason): return .failed(reason: reason)
      }
    }
  }
}
