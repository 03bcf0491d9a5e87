import Dispatch
import Synchronization

/// Starts work at planned moments, whatever became of the work before it.
struct OpenLoop: Sendable {
  let start: ContinuousClock.Instant
  let thread: NetworkThread

  /// Time since the start.
  var now: Duration { ContinuousClock.now - start }

  /// Performs `work` for each item at its time; returns when all of it has ended.
  ///
  /// When the task is cancelled, items that are not due yet are left out and running work is cancelled.
  func run<Item: Sendable>(
    _ items: some Sequence<Item>,
    at arrival: (Item) -> Duration,
    _ work: @escaping @Sendable @concurrent (Item) async -> Void
  ) async {
    await withTaskExecutorPreference(thread) {
      await withDiscardingTaskGroup { group in
        for item in items {
          do { try await thread.sleep(for: arrival(item) - now) } catch { break }
          group.addTask { await work(item) }
        }
        if Task.isCancelled { group.cancelAll() }
      }
    }
  }

  /// Runs `work` until it ends or the person at the terminal has had enough, and says which.
  ///
  /// The first SIGINT or SIGTERM cancels the work, the second ends the process; cancelling this task
  /// does the same as the first.
  static func interruptible(
    _ work: @escaping @Sendable @concurrent () async -> Void
  ) async -> Bool {
    let task = Task { await work() }
    let watch = ShutdownSignals.watch { task.cancel() }
    defer { watch.cancel() }
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    return task.isCancelled
  }
}

/// How far a run is, drawn on standard error while it goes on.
struct RunProgress: Sendable {
  /// How many requests a run will have, about.
  let plannedCount: Int
  let title: String
  private let state = Counts()

  private final class Counts: Sendable {
    let value = Mutex((started: 0, ended: 0, good: 0))
  }

  func noteStart() { state.value.withLock { $0.started += 1 } }

  func noteEnd(isGood: Bool) {
    state.value.withLock {
      $0.ended += 1
      if isGood { $0.good += 1 }
    }
  }

  /// Draws until cancelled.
  func draw() async {
    guard Terminal.errorIsTerminal else { return }
    let bar = ProgressBar(title: title)
    while (try? await Task.sleep(for: .milliseconds(250))) != nil {
      let counts = state.value.withLock { $0 }
      let fraction = Double(counts.ended) / Double(max(plannedCount, counts.ended + 1))
      let note =
        "\(counts.ended) of \(plannedCount), \(counts.started - counts.ended) running,"
        + " \(counts.ended - counts.good) not answered"
      bar.show(fraction, note: note)
    }
    Terminal.writeError("\r\u{1B}[K")
  }
}
