import CProcesses
import Glibc
import NIOPosix

/// Starts processes that die with this one.
///
/// The kernel ties a child to the *thread* that made it, so all are made on one thread that lives as long as the
/// launcher does. Children lead process groups of their own, so that what they start ends with them.
struct ProcessLauncher: Sendable {
  /// What to run.
  struct Command: Sendable {
    /// The program, an absolute path or a name looked up in `PATH`, and its arguments.
    var arguments: [String]
    var environment: [String: String]
    /// Gets what the process writes.
    var log: String
    /// Files through which the process joins its control groups.
    var joinFiles: [String] = []
  }

  private let thread = NIOThreadPool(numberOfThreads: 1)

  func start() { thread.start() }

  /// Ends the thread, and with it every process that still runs.
  func stop() async throws { try await thread.shutdownGracefully() }

  /// Starts a process.
  /// - Throws: `LocalClusterError.cannotStart` with what the system said.
  func launch(_ command: Command) async throws -> ProcessIdentity {
    try await thread.runIfActive { try Self.launch(command) }
  }

  private static func launch(_ command: Command) throws(LocalClusterError) -> ProcessIdentity {
    let program = command.arguments.first ?? ""
    guard let path = path(of: program, in: command.environment["PATH"] ?? "") else {
      throw .cannotStart(program: program, code: ENOENT)
    }
    var files: [Int32] = []
    defer { for file in files { close(file) } }
    func open(_ path: String, _ flags: Int32) throws(LocalClusterError) -> Int32 {
      let file = Glibc.open(path, flags | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw .cannotStart(program: program, code: errno) }
      files.append(file)
      return file
    }
    // A full disk costs the log, not the service.
    let log = try? open(command.log, O_WRONLY | O_CREAT | O_APPEND)
    let output = if let log { log } else { try open("/dev/null", O_WRONLY) }
    var groups: [Int32] = []
    for path in command.joinFiles { groups.append(try open(path, O_WRONLY)) }
    let settings = command.environment.map { "\($0.key)=\($0.value)" }.sorted()
    let id = withCStrings(command.arguments) { arguments in
      withCStrings(settings) { environment in
        var launch = plimsoll_launch()
        return path.withCString { path in
          groups.withUnsafeBufferPointer { groups in
            launch.path = path
            launch.arguments = arguments
            launch.environment = environment
            launch.output = output
            launch.groups = groups.baseAddress
            launch.group_count = groups.count
            return plimsoll_launch(&launch)
          }
        }
      }
    }
    guard id > 0 else { throw .cannotStart(program: program, code: -id) }
    guard let identity = ProcessIdentity(running: id) else {
      throw .cannotStart(program: program, code: ESRCH)
    }
    return identity
  }

  private static func path(of program: String, in searchPath: String) -> String? {
    if program.contains("/") { return program }
    return searchPath.split(separator: ":").map { "\($0)/\(program)" }
      .first { access($0, X_OK) == 0 }
  }

  /// How a child of this process ended, nil while it runs; what is left of its group is killed.
  static func reap(_ id: Int32) -> ProcessExit? {
    var info = siginfo_t()
    guard waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo == SIGCHLD
    else { return nil }
    // While it has not been waited for, neither its number nor its group's can belong to anybody else.
    kill(-id, SIGKILL)
    var status: Int32 = 0
    waitpid(id, &status, 0)
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
  }

  private static func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
  }
}

/// How a process ended.
enum ProcessExit: Hashable, Sendable, CustomStringConvertible {
  case exited(Int32)
  case killed(Int32)

  var description: String {
    switch self {
    case .exited(let status): "exited with \(status)"
    case .killed(let signal): "was killed by signal \(signal)"
    }
  }
}
