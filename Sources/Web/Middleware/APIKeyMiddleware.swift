import HTTPTypes
import Hummingbird

/// Lets a request pass that carries one of the keys.
struct APIKeyMiddleware: RouterMiddleware {
  let keys: [[UInt8]]

  init(keys: [String]) {
    self.keys = keys.map { Array($0.utf8) }
  }

  func handle(
    _ request: Request,
    context: WebRequestContext,
    next: @concurrent (Request, WebRequestContext) async throws -> Response
  ) async throws -> Response {
    guard !keys.isEmpty else { return try await next(request, context) }
    guard let header = request.headers[.authorization] else { throw APIFault.missingAPIKey }
    let words = header.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { throw APIFault.missingAPIKey }
    guard isKnown(Array(words[1].utf8)) else { throw APIFault.wrongAPIKey }
    return try await next(request, context)
  }

  /// Compares with every key and to the end, so that the time taken tells nothing about them.
  private func isKnown(_ candidate: [UInt8]) -> Bool {
    var matchCount = 0
    for key in keys {
      var difference = candidate.count ^ key.count
      for (index, byte) in candidate.enumerated() where !key.isEmpty {
        difference |= Int(byte ^ key[index % key.count])
      }
      matchCount += difference == 0 ? 1 : 0
    }
    return matchCount > 0
  }
}
