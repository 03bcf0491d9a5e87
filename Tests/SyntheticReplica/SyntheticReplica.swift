import LocalCluster

/// What `plimsoll synthetic` is, alone in a program, for the tests that start replicas.
@main
struct SyntheticReplica {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5, arguments[1] == "synthetic", let ordinal = UInt64(arguments[4])
    else {
      return print("usage: SyntheticReplica synthetic PLAN --ordinal N")
    }
    try await SyntheticServer(planPath: arguments[2], ordinal: ordinal).run()
  }
}
