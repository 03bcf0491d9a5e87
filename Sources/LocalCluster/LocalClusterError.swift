import Glibc

/// Why an application cannot run on this machine, or a replica not be started.
package enum LocalClusterError: Error, Hashable, CustomStringConvertible {
  /// A program that the system did not start, with its `errno`.
  case cannotStart(program: String, code: Int32)
  case alreadyRunning(application: String, id: Int32)
  case stateFolder(path: String, reason: String)
  case portUnavailable(host: String, port: Int, code: Int32)

  package var description: String {
    switch self {
    case .cannotStart(let program, let code):
      "\(program) cannot be started: \(String(cString: strerror(code)).lowercased())"
    case .alreadyRunning(let application, let id):
      "\(application) already runs here, under process \(id); stop that one first (kill \(id))"
    case .stateFolder(let path, let reason):
      "the state folder \(path) cannot be used: \(reason)"
    case .portUnavailable(_, let port, EADDRINUSE):
      "another program listens on port \(port); choose another with --port"
    case .portUnavailable(let host, _, EADDRNOTAVAIL): "\(host) is no address of this machine"
    case .portUnavailable(let host, let port, let code):
      "port \(port) of \(host) cannot be opened: \(String(cString: strerror(code)).lowercased())"
    }
  }
}
