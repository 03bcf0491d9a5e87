import Glibc
import Inference
import Scheduling
import Synchronization

/// Writes a line of numbers for every step of an engine: what `plimsoll simulate-serving` learns the machine's pace from.
final class StepLog: Sendable {
  /// The names of a line's fields.
  static let header =
    "start_us,duration_us,prompt_rows,prompt_positions,decoding_rows,decoding_positions,sampled,waiting"

  private let file: Mutex<UnsafeMutablePointer<FILE>>

  /// Begins a new file at `path`.
  init(path: String) throws {
    guard let file = fopen(path, "w") else {
      throw CommandFailure.unwritableFile(path: path, reason: String(cString: strerror(errno)))
    }
    self.file = Mutex(file)
    write(Self.header)
  }

  deinit { file.withLock { _ = fclose($0) } }

  func note(_ step: StepReport) {
    let numbers = [
      step.start.wholeMicroseconds, step.duration.wholeMicroseconds,
      step.load.rowCount - step.decoding.rowCount,
      step.load.attendedCount - step.decoding.attendedCount,
      step.decoding.rowCount, step.decoding.attendedCount, step.sampledCount, step.waitingCount,
    ]
    write(numbers.map(String.init).joined(separator: ","))
  }

  private func write(_ line: String) {
    file.withLock { _ = fputs(line + "\n", $0) }
  }
}

extension Duration {
  fileprivate var wholeMicroseconds: Int { Int((self / .microseconds(1)).rounded()) }
}
