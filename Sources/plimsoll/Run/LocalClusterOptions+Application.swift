import Applications
import Foundation
import LocalCluster

extension LocalClusterOptions {
  /// How this program runs an application.
  ///
  /// The state folder is one for each application unless `state` names another, so that whatever starts it next,
  /// `run` or `compare`, finds what a crash left.
  init(for application: Application, state: String? = nil) throws {
    let environment = ProcessInfo.processInfo.environment
    let home = environment["HOME"] ?? "/tmp"
    let base = environment["XDG_STATE_HOME"] ?? "\(home)/.local/state"
    self.init(
      stateFolder: state ?? "\(base)/plimsoll/local/\(application.name)",
      executable: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      environment: environment
    )
  }
}
