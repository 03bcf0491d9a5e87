import NIOHTTP1

/// Where the requests that arrive at one listening port go.
enum Signpost {
  case service(ServiceRoute)
  /// By the first component of the path.
  case entrances([String: Entrance])

  /// Finds a request's destination and rewrites its path; nil if it leads nowhere.
  func destination(of head: inout HTTPRequestHead) -> Destination? {
    switch self {
    case .service(let route): return Destination(route: route, entrance: nil)
    case .entrances(let entrances):
      let path = head.uri.dropFirst()
      let name = path.prefix { $0 != "/" && $0 != "?" }
      guard head.uri.hasPrefix("/"), let entrance = entrances[String(name)] else { return nil }
      let rest = path.dropFirst(name.count)
      head.uri = entrance.path.isEmpty && !rest.hasPrefix("/") ? "/" + rest : entrance.path + rest
      return Destination(route: entrance.route, entrance: entrance)
    }
  }
}

/// A way into the application: a service's path under a name of its own, with its own accounts.
final class Entrance {
  let route: ServiceRoute
  let path: String
  var ledger = RequestLedger()

  init(route: ServiceRoute, path: String) {
    self.route = route
    self.path = path
  }
}

/// Where one request goes, and who keeps account of it.
struct Destination {
  let route: ServiceRoute
  let entrance: Entrance?

  func begin(at now: Duration) {
    route.ledger.begin(at: now)
    entrance?.ledger.begin(at: now)
  }

  func end(_ ending: RequestLedger.Ending, after latency: Duration, at now: Duration) {
    route.ledger.end(ending, after: latency, at: now)
    entrance?.ledger.end(ending, after: latency, at: now)
  }
}
