import FoundationEssentials
import Glibc

/// What a run has started, on disk before it matters, so that the next run can remove what a crash left.
struct RunRecord: Codable, Hashable, Sendable {
  var run: String
  var owner: ProcessIdentity
  var replicas: [ProcessIdentity] = []
  /// Where its control groups lie: the next run may have another home.
  var groupFolders: [String]?

  /// Reads a record; nil if there is none, or if it cannot be understood.
  init?(_ file: TextFile) {
    guard let text = try? file.read(),
      let record = try? JSONDecoder().decode(RunRecord.self, from: Data(text.utf8))
    else { return nil }
    self = record
  }

  init(run: String, owner: ProcessIdentity) {
    self.run = run
    self.owner = owner
  }

  func save(to file: TextFile) throws {
    try file.replace(String(decoding: try JSONEncoder().encode(self), as: UTF8.self))
  }

  /// Ends what is left of the run: its replicas, what they started, and its control groups.
  ///
  /// A process that got a
  /// replica's number since is left alone. Returns how many processes were ended.
  func removeLeftovers() -> Int {
    let left = Set(replicas.filter(\.isRunning) + Self.processes(of: run))
    for replica in replicas { replica.signalGroup(SIGKILL) }
    for process in Self.processes(of: run) { kill(process.id, SIGKILL) }
    for path in groupFolders ?? [] { ControlGroups.remove(Folder(path)) }
    ControlGroups.claim(run: run).removeAll()
    return left.count
  }

  /// The environment variable that marks every process of a run, inherited by whatever it starts.
  static let mark = "PLIMSOLL_RUN"

  /// The processes that carry a run's mark.
  static func processes(of run: String) -> [ProcessIdentity] {
    let mark = "\(mark)=\(run)"
    let ids = Folder("/proc").folders.compactMap { Int32($0) }.filter { $0 != getpid() }
    return ids.compactMap { id in
      guard let text = try? TextFile("/proc/\(id)/environ").read(),
        text.split(separator: "\0").contains(Substring(mark))
      else { return nil }
      return ProcessIdentity(running: id)
    }
  }
}
