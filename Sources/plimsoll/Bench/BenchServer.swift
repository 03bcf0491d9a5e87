import AsyncHTTPClient
import LoadGeneration
import NIOCore
import NIOHTTP1
import OrderedJSON

/// A server that is about to be measured: what it is called, and how to ask it.
struct BenchServer: Sendable {
  let url: String
  let client: LoadClient
  let apiKey: String?
  let model: String
  let dialect: ServerDialect
  /// Prompt and answer together; nil where the server does not say.
  let contextLimit: Int?
  let prompts: PromptSource

  /// Asks the server at `url` what it serves, and learns tokens from it.
  static func find(
    at url: String,
    _ client: LoadClient,
    apiKey: String?,
    model: String?,
    dialect: ServerDialect?
  ) async throws -> BenchServer {
    let probe = Probe(url: url, client: client, apiKey: apiKey)
    let list = try await probe.json(.GET, "/v1/models")
    guard let models = list["data"]?.arrayValue,
      let entry = models.first(where: { model == nil || $0["id"]?.stringValue == model })
        ?? models.first,
      let name = model ?? entry["id"]?.stringValue
    else { throw CommandFailure.notAServer(url: url) }
    let dialect = dialect ?? ServerDialect(owner: entry["owned_by"]?.stringValue)
    return BenchServer(
      url: url,
      client: client,
      apiKey: apiKey,
      model: name,
      dialect: dialect,
      contextLimit: await probe.contextLimit(entry, dialect),
      prompts: await probe.prompts(model: name, dialect)
    )
  }

  /// A streamed completion's request.
  func request(_ body: JSON.Object) -> HTTPClientRequest {
    Probe(url: url, client: client, apiKey: apiKey).request(.POST, "/v1/completions", .object(body))
  }
}

/// Questions to a server before a run.
private struct Probe {
  let url: String
  let client: LoadClient
  let apiKey: String?

  func request(_ method: HTTPMethod, _ path: String, _ body: JSON?) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: url + path)
    request.method = method
    request.headers.add(name: "content-type", value: "application/json")
    if let apiKey { request.headers.add(name: "authorization", value: "Bearer \(apiKey)") }
    if let body { request.body = .bytes(body.serialized) }
    return request
  }

  func json(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil) async throws -> JSON {
    let response: HTTPClientResponse
    let bytes: ByteBuffer
    do {
      response = try await client.http.execute(request(method, path, body), timeout: .seconds(60))
      bytes = try await response.body.collect(upTo: 16 << 20)
    } catch {
      guard case .broken(let reason) = NetworkFault(error) else { throw error }
      throw CommandFailure.noServer(url: url, reason: reason)
    }
    let json = try? JSON(parsing: Array(bytes.readableBytesView))
    guard response.status == .ok, let json else {
      throw CommandFailure.serverRefused(
        status: Int(response.status.code),
        message: json?["error"]?["message"]?.stringValue ?? "no reason given"
      )
    }
    return json
  }

  /// Our own server and vLLM say it with the model, llama-server in its properties, for each slot.
  func contextLimit(_ model: JSON, _ dialect: ServerDialect) async -> Int? {
    if let limit = model["max_model_len"]?.integerValue { return limit }
    guard dialect == .llama else { return nil }
    let properties = try? await json(.GET, "/props")
    return properties?["default_generation_settings"]?["n_ctx"]?.integerValue
  }

  /// Tokens of ordinary words, from the server's own tokenizer where it shows it.
  func prompts(model: String, _ dialect: ServerDialect) async -> PromptSource {
    let text = JSON.string(PromptSource.words.joined(separator: " "))
    let question: JSON =
      dialect == .llama
      ? ["content": text]
      : ["model": .string(model), "prompt": text, "add_special_tokens": false]
    let answer = try? await json(.POST, "/tokenize", question)
    let tokens = answer?["tokens"]?.arrayValue?.compactMap(\.integerValue) ?? []
    return tokens.isEmpty ? .words(tokensPerWord: 1.3) : .tokens(Set(tokens).sorted())
  }
}
