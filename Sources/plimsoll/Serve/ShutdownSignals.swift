import Dispatch
import Glibc
import Synchronization

/// The write end of the pipe into which the signal handler writes: all that a handler can reach is global.
private let signalPipe = Atomic<CInt>(-1)

/// SIGTERM and SIGINT: the first asks for an orderly end, the second ends the process at once.
enum ShutdownSignals {
  /// Calls `onFirst` once, on a queue of its own, when the first signal comes.
  ///
  /// The handler puts the default action back in the same breath, so the second signal needs nobody's help.
  static func watch(onFirst: @escaping @Sendable () -> Void) -> any DispatchSourceRead {
    var ends: [CInt] = [-1, -1]
    precondition(pipe(&ends) == 0, "no pipe for signals: errno \(errno)")
    signalPipe.store(ends[1], ordering: .releasing)
    let source = DispatchSource.makeReadSource(
      fileDescriptor: ends[0],
      queue: DispatchQueue(label: "signals")
    )
    source.setEventHandler {
      source.cancel()
      onFirst()
    }
    source.activate()
    for number in [SIGTERM, SIGINT] {
      signal(number) { _ in
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
        var byte: UInt8 = 0
        _ = write(signalPipe.load(ordering: .acquiring), &byte, 1)
      }
    }
    return source
  }
}
