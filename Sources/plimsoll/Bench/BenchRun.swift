import AsyncHTTPClient
import LoadGeneration
import NIOCore
import OrderedJSON
import Synchronization

/// A workload on its way to a server.
struct BenchRun: Sendable {
  let server: BenchServer
  let workload: Workload
  let requests: [PlannedRequest]
  let timeout: Duration

  init(server: BenchServer, workload: Workload, timeout: Duration) {
    self.server = server
    self.workload = workload
    self.timeout = timeout
    requests = workload.requests
  }

  /// Everything that became of requests so far.
  private final class Records: Sendable {
    let value = Mutex<[RequestRecord]>([])
  }

  /// Sends one small request and waits for its answer.
  /// - Throws: when it is not answered in full, as the run would then measure nothing.
  func warmUp(_ index: Int) async throws {
    let request = PlannedRequest(
      index: requests.count + index,
      arrival: .zero,
      classIndex: 0,
      promptTokenCount: 16,
      outputTokenCount: 4
    )
    let record = await perform(request, OpenLoop(start: .now, thread: server.client.thread))
    switch record.ending {
    case .completed: return
    case .rejected(let status):
      throw CommandFailure.serverRefused(status: status, message: "it is too busy for a warm-up")
    case .failed(let reason): throw CommandFailure.noAnswer(url: server.url, reason: reason)
    case .unfinished: throw CancellationError()
    }
  }

  /// Sends every request at its time and waits for all answers, or for Ctrl-C.
  func measure() async -> (RunSummary, RequestTable) {
    let records = Records()
    let progress = RunProgress(plannedCount: requests.count, title: "bench")
    let drawing = Task { await progress.draw() }
    let usedBefore = ProcessorTime.used
    let loop = OpenLoop(start: .now, thread: server.client.thread)
    let isInterrupted = await OpenLoop.interruptible {
      await loop.run(requests, at: \.arrival) { request in
        progress.noteStart()
        let record = await perform(request, loop)
        records.value.withLock { $0.append(record) }
        progress.noteEnd(isGood: record.ending == .completed)
      }
    }
    let (elapsed, used) = (loop.now, ProcessorTime.used - usedBefore)
    drawing.cancel()
    await drawing.value
    let all = records.value.withLock { $0 }
    let summary = RunSummary(
      all,
      classes: workload.classes,
      elapsed: elapsed,
      processorTime: used,
      isInterrupted: isInterrupted
    )
    return (summary, RequestTable(all, classes: workload.classes))
  }

  private func perform(_ request: PlannedRequest, _ loop: OpenLoop) async -> RequestRecord {
    let message = server.request(body(of: request))
    let sent = loop.now
    var stream = CompletionStream { loop.now }
    let ending: RequestRecord.Ending
    do {
      let response = try await server.client.http.execute(message, timeout: TimeAmount(timeout))
      ending = try await stream.read(response)
    } catch {
      ending =
        switch NetworkFault(error) {
        case .cancelled: .unfinished
        case .timedOut: .failed(reason: "timed out")
        case .broken(let reason): .failed(reason: reason)
        }
    }
    return RequestRecord(
      request,
      ending,
      timing: stream.timing,
      sent: sent,
      promptTokenCount: stream.promptTokenCount,
      outputTokenCount: stream.outputTokenCount
    )
  }

  private func body(of request: PlannedRequest) -> JSON.Object {
    server.dialect.body(
      model: server.model,
      prompt: server.prompts.prompt(
        tokenCount: request.promptTokenCount,
        index: request.index,
        seed: workload.seed
      ),
      serviceClass: workload.classes[request.classIndex],
      outputTokenCap: workload.outputTokenCap(
        classIndex: request.classIndex,
        promptTokenCount: request.promptTokenCount
      ),
      outputTokenCount: request.outputTokenCount
    )
  }
}
