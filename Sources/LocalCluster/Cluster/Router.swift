import Applications
import Glibc
import NIOCore
import Routing

/// The application's router: a port for each service, and the gateway in front.
struct Router: Sendable {
  let proxies: [ServiceName: ServiceProxy]
  let gateway: Gateway
  let epoch: NIODeadline

  static func open(
    _ application: Application,
    _ options: LocalClusterOptions,
    on eventLoop: any EventLoop
  ) async throws -> Router {
    let epoch = NIODeadline.now()
    var proxies: [ServiceName: ServiceProxy] = [:]
    for service in application.services {
      proxies[service.name] = try await ServiceProxy.open(
        configuration(of: service),
        on: eventLoop,
        epoch: epoch
      )
    }
    let targets = application.entryPoints.compactMap { entry in
      proxies[entry.service].map {
        (entry.name.rawValue, Gateway.Target(service: $0, path: path(of: entry, in: application)))
      }
    }
    do {
      let gateway = try await Gateway.open(
        Dictionary(targets, uniquingKeysWith: { first, _ in first }),
        on: eventLoop,
        host: options.host,
        port: options.port
      )
      return Router(proxies: proxies, gateway: gateway, epoch: epoch)
    } catch {
      // What is no error of the system's is a host name that leads nowhere.
      throw LocalClusterError.portUnavailable(
        host: options.host,
        port: options.port,
        code: (error as? IOError)?.errnoCode ?? EADDRNOTAVAIL
      )
    }
  }

  /// A model has the paths of its API below the entry point, everything else one for each operation.
  private static func path(
    of entry: Application.EntryPoint,
    in application: Application
  ) -> String {
    let service = application.services.first { $0.name == entry.service }
    guard case .llm? = service?.workload else { return "/\(entry.operation)" }
    return ""
  }

  private static func configuration(of service: Application.Service) -> ProxyConfiguration {
    var configuration = ProxyConfiguration(name: service.name.rawValue)
    configuration.pool.concurrency = service.concurrency
    switch service.workload {
    case .command(let command): configuration.pool.health.path = command.healthPath
    case .llm: configuration.pool.health.path = ServingCommand.healthPath
    case .synthetic: break
    }
    return configuration
  }
}
