import HTTPTypes
import Hummingbird

/// Lets scripts of the allowed web origins call the server.
///
/// Unlike Hummingbird's it takes a list of origins made at run time, and it allows whatever headers a
/// browser announces, as OpenAI's client for browsers sends a dozen of its own.
struct CORSMiddleware: RouterMiddleware {
  let allowedOrigins: [String]

  func handle(
    _ request: Request,
    context: WebRequestContext,
    next: @concurrent (Request, WebRequestContext) async throws -> Response
  ) async throws -> Response {
    guard let origin = request.headers[.origin], let allowed = answer(to: origin) else {
      return try await next(request, context)
    }
    let isPreflight =
      request.method == .options && request.headers.contains(.accessControlRequestMethod)
    var response =
      isPreflight ? preflightResponse(to: request) : try await next(request, context)
    response.headers[.accessControlAllowOrigin] = allowed
    response.headers[.accessControlExposeHeaders] = "x-request-id, retry-after"
    if allowed != "*" { response.headers[.vary] = "Origin" }
    return response
  }

  private func answer(to origin: String) -> String? {
    if allowedOrigins.contains("*") { return "*" }
    return allowedOrigins.contains(origin) ? origin : nil
  }

  private func preflightResponse(to request: Request) -> Response {
    var headers: HTTPFields = [
      .accessControlAllowMethods: "GET, POST, OPTIONS",
      .accessControlMaxAge: "86400",
    ]
    headers[.accessControlAllowHeaders] = request.headers[.accessControlRequestHeaders]
    return Response(status: .noContent, headers: headers)
  }
}
