import Hummingbird
import Telemetry

/// The route table.
enum Routes {
  typealias Handler = @Sendable (Request, WebRequestContext) async throws -> Response

  static func router(
    _ configuration: WebConfiguration,
    _ state: ServingState,
    _ registry: MetricRegistry
  ) -> Router<WebRequestContext> {
    let router = Router(
      context: WebRequestContext.self,
      options: .autoGenerateHeadEndpoints
    )
    router.add(middleware: ObservationMiddleware(registry: registry))
    router.add(middleware: CORSMiddleware(allowedOrigins: configuration.corsOrigins))
    router.add(middleware: FaultMiddleware())

    let status = StatusRoutes(state: state, registry: registry)
    let open = router.group()
    add(.get, "/health", to: open, status.health)
    add(.get, "/ready", to: open, status.ready)
    add(.get, "/metrics", to: open, status.metrics)
    add(.get, "/version", to: open, status.version)

    let models = ModelRoutes(state: state)
    let answers = AnswerRoutes(
      state: state,
      configuration: configuration,
      unknownFields: UnknownFieldLog()
    )
    let tokens = TokenRoutes(
      state: state,
      bodyReader: BodyReader(
        maximumSize: configuration.maximumBodySize,
        timeout: configuration.bodyTimeout
      )
    )
    let keyed = router.group().add(
      middleware: APIKeyMiddleware(keys: configuration.apiKeys, classes: configuration.keyClasses)
    )
    add(.get, "/v1/models", to: keyed, models.list)
    add(.get, "/v1/models/**", to: keyed, models.one)
    add(.post, "/v1/chat/completions", to: keyed, answers.chat)
    add(.post, "/v1/completions", to: keyed, answers.completion)
    add(.post, "/tokenize", to: keyed, tokens.tokenize)
    add(.post, "/detokenize", to: keyed, tokens.detokenize)
    return router
  }

  /// Registers a route, and for the other methods an answer that says which one it takes.
  private static func add(
    _ method: HTTPRequest.Method,
    _ path: RouterPath,
    to group: RouterGroup<WebRequestContext>,
    _ handler: @escaping Handler
  ) {
    group.on(path, method: method, use: handler)
    let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
    let allowed = method == .get ? [.get, .head] : [method]
    for other in methods where !allowed.contains(other) {
      group.on(path, method: other) { request, _ -> Response in
        throw APIFault.methodNotAllowed(
          method: other.rawValue,
          path: request.uri.path,
          allowed: allowed.map(\.rawValue)
        )
      }
    }
  }
}
