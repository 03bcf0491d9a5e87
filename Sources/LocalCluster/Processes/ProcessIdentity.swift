import Glibc

/// One process, never another that got its number later.
package struct ProcessIdentity: Hashable, Sendable, Codable {
  package let id: Int32
  /// Clock ticks from boot to its start, as `/proc/PID/stat` has it.
  package let startTime: UInt64

  /// The process that has this number now; nil if none has.
  package init?(running id: Int32) {
    guard let stat = ProcessStat(id) else { return nil }
    self.id = id
    startTime = stat.startTime
  }

  /// This process.
  package static var current: ProcessIdentity? { ProcessIdentity(running: getpid()) }

  /// Whether it still runs; a zombie does not.
  package var isRunning: Bool {
    guard let stat = ProcessStat(id) else { return false }
    return stat.startTime == startTime && stat.state != "Z" && stat.state != "X"
  }

  /// Sends a signal to the group that it leads, if it is still the same process.
  func signalGroup(_ signal: Int32) {
    guard let now = ProcessIdentity(running: id), now == self else { return }
    kill(-id, signal)
  }
}

/// The fields of `/proc/PID/stat` that are used here.
struct ProcessStat: Hashable, Sendable {
  let state: Character
  let startTime: UInt64
  /// In clock ticks: its own time in user and in system mode.
  let cpuTicks: UInt64

  init?(_ id: Int32) {
    guard let text = try? TextFile("/proc/\(id)/stat").read() else { return nil }
    self.init(text)
  }

  /// The name, in parentheses, may hold anything; what follows the last one is numbers.
  init?(_ text: String) {
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let user = UInt64(fields[11]),
      let system = UInt64(fields[12]), let start = UInt64(fields[19])
    else { return nil }
    (self.state, startTime, cpuTicks) = (state, start, user + system)
  }

  var cpuTime: Duration { .microseconds(Int(cpuTicks) * 1_000_000 / sysconf(Int32(_SC_CLK_TCK))) }
}
