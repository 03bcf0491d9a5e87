import Glibc

/// Where one application keeps its run's record, plans and logs; held by one run at a time.
struct StateFolder: Sendable {
  let folder: Folder
  private let lock: Int32

  /// Takes the folder, or says who has it.
  /// - Throws: `LocalClusterError`.
  init(_ path: String, application: String) throws(LocalClusterError) {
    folder = Folder(path)
    do {
      try folder.makeAll()
      try folder.folder("logs").make()
      try folder.folder("plans").make()
    } catch {
      throw .stateFolder(path: path, reason: "\(error)")
    }
    // The lock ends with this process, however it ends; replicas do not inherit it.
    lock = open(folder.file("lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      if lock >= 0 { close(lock) }
      guard code == EWOULDBLOCK else {
        throw .stateFolder(path: path, reason: String(cString: strerror(code)).lowercased())
      }
      let owner = RunRecord(folder.file("run.json"))?.owner.id ?? 0
      throw .alreadyRunning(application: application, id: owner)
    }
  }

  var record: TextFile { folder.file("run.json") }
  func plan(_ service: String) -> TextFile { folder.folder("plans").file("\(service).json") }
  func log(_ replica: String) -> String { folder.folder("logs").file("\(replica).log").path }

  func release() { close(lock) }
}
