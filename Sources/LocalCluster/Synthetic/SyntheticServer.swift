import FoundationEssentials
import Glibc
import NIOCore
import NIOPosix
import Routing

/// A process that is one replica of a synthetic service.
package struct SyntheticServer: Sendable {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let plan: SyntheticPlan
  private let ordinal: UInt64

  /// Reads the plan.
  /// - Throws: if the file cannot be read or is no plan.
  package init(planPath: String, ordinal: UInt64) throws {
    let text = try TextFile(planPath).read()
    plan = try JSONDecoder().decode(SyntheticPlan.self, from: Data(text.utf8))
    self.ordinal = ordinal
  }

  /// Serves on the port that the environment's `PORT` names, until the process is ended.
  /// - Throws: what the system says, such as that the port is in use.
  package func run() async throws {
    guard let text = getenv("PORT"), let port = Int(String(cString: text)) else {
      throw SyntheticServerError.noPort
    }
    let (eventLoop, plan, ordinal) = (group.next(), plan, ordinal)
    eventLoop.takeShortTurns()
    let answerer = try await HTTPAnswerer.open(on: eventLoop, port: port) {
      let service = SyntheticService(
        plan,
        ordinal: ordinal,
        coreCount: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
        eventLoop: eventLoop
      )
      return { request, reply in service.answer(request, reply) }
    }
    try await answerer.untilClosed()
  }
}

/// Why a synthetic service cannot serve.
enum SyntheticServerError: Error, CustomStringConvertible {
  case noPort

  var description: String { "PORT is not set to a port; plimsoll run starts this program" }
}
