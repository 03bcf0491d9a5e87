import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// Turns whatever a handler throws into an answer; nothing above it sees an error.
struct FaultMiddleware: RouterMiddleware {
  func handle(
    _ request: Request,
    context: WebRequestContext,
    next: @concurrent (Request, WebRequestContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPParserError {
      // The bytes on the wire are not HTTP; Hummingbird answers and closes the connection.
      throw error
    } catch {
      let fault = fault(error, request, context.logger)
      context.logger.debug("request refused", metadata: ["reason": "\(fault.message)"])
      return fault.response()
    }
  }

  private func fault(_ error: any Error, _ request: Request, _ logger: Logger) -> APIFault {
    switch error {
    case let fault as APIFault: return fault
    case let error as HTTPError where error.status == .notFound:
      return .routeNotFound(method: request.method.rawValue, path: request.uri.path)
    case is CancellationError: return .draining(retryAfter: .seconds(1))
    default:
      logger.error("request failed", metadata: ["error": "\(error)"])
      return .unexpected
    }
  }
}
