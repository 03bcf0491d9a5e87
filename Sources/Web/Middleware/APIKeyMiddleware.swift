import HTTPTypes
import Hummingbird
import Scheduling

/// Lets a request pass that carries one of the keys, and notes whose it is.
struct APIKeyMiddleware: RouterMiddleware {
  let keys: [[UInt8]]
  /// The class of service of each key, if it has one.
  private let classNames: [String?]

  init(keys: [String], classes: [String: String] = [:]) {
    self.keys = keys.map { Array($0.utf8) }
    classNames = keys.map { classes[$0] }
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
    guard let index = index(of: Array(words[1].utf8)) else { throw APIFault.wrongAPIKey }
    var context = context
    context.client = Client(
      tenant: TenantID(rawValue: UInt64(index) + 1),
      className: classNames[index]
    )
    return try await next(request, context)
  }

  /// Compares with every key and to the end, so that the time taken tells nothing about them.
  private func index(of candidate: [UInt8]) -> Int? {
    var match: Int?
    for (index, key) in keys.enumerated() {
      var difference = candidate.count ^ key.count
      for (position, byte) in candidate.enumerated() where !key.isEmpty {
        difference |= Int(byte ^ key[position % key.count])
      }
      match = difference == 0 ? index : match
    }
    return match
  }
}
