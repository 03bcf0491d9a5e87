import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OrderedJSON

/// Talks to an OpenAI-compatible server.
struct ChatClient: Sendable {
  let url: String
  let apiKey: String?

  /// The first model that the server lists.
  func firstModel() async throws -> String {
    let response = try await send(.GET, "/v1/models", nil)
    let body = try await response.body.collect(upTo: 1 << 20)
    let json = try? JSON(parsing: Array(body.readableBytesView))
    try check(response.status, json)
    guard let name = json?["data"]?[0]?["id"]?.stringValue else {
      throw CommandFailure.notAServer(url: url)
    }
    return name
  }

  /// Streams the answer to `request`, a chat completion's body, piece by piece.
  func answer(
    _ request: JSON.Object,
    onText: (String) -> Void
  ) async throws {
    var request = request
    request["stream"] = true
    let response = try await send(.POST, "/v1/chat/completions", .object(request))
    guard response.status == .ok else {
      let body = try await response.body.collect(upTo: 1 << 20)
      try check(response.status, try? JSON(parsing: Array(body.readableBytesView)))
      throw CommandFailure.notAServer(url: url)
    }
    var parser = EventStreamParser()
    for try await buffer in response.body {
      for event in parser.append(buffer.readableBytesView) where event != "[DONE]" {
        let json = try JSON(parsing: event)
        if let error = json["error"] { throw failure(200, error) }
        if let text = json["choices"]?[0]?["delta"]?["content"]?.stringValue { onText(text) }
      }
    }
  }

  private func send(
    _ method: HTTPMethod,
    _ path: String,
    _ body: JSON?
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: url + path)
    request.method = method
    request.headers.add(name: "content-type", value: "application/json")
    if let apiKey { request.headers.add(name: "authorization", value: "Bearer \(apiKey)") }
    if let body { request.body = .bytes(body.serialized) }
    do {
      return try await HTTPClient.shared.execute(request, timeout: .hours(1))
    } catch {
      switch NetworkFault(error) {
      case .cancelled: throw CancellationError()
      case .timedOut: throw CommandFailure.noServer(url: url, reason: "it took too long")
      case .broken(let reason): throw CommandFailure.noServer(url: url, reason: reason)
      }
    }
  }

  private func check(_ status: HTTPResponseStatus, _ body: JSON?) throws {
    guard status != .ok else { return }
    throw failure(Int(status.code), body?["error"])
  }

  private func failure(_ status: Int, _ error: JSON?) -> CommandFailure {
    .serverRefused(status: status, message: error?["message"]?.stringValue ?? "no reason given")
  }
}
