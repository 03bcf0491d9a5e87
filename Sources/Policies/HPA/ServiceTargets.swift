import Applications
import Control

/// Targets of single services, as `front:0.6/cart:0.75` states them: in a cluster each service has an autoscaler of its own.
struct ServiceTargets: Hashable, Sendable {
  /// CPU use over CPU request, in per cent.
  private(set) var percentages: [ServiceName: Int] = [:]

  init(parsing text: String, of application: Application) throws(PolicyError) {
    for part in text.split(separator: "/") {
      let pair = part.split(separator: ":", omittingEmptySubsequences: false)
      guard pair.count == 2, let target = Double(pair[1]), (0.01...10).contains(target),
        application.service(ServiceName(String(pair[0]))) != nil
      else {
        throw .badParameter(
          name: "targets",
          value: String(part),
          expected: "a service of \(application.name), a colon and a number from 0.01 to 10"
        )
      }
      percentages[ServiceName(String(pair[0]))] = Int((target * 100).rounded())
    }
  }
}
