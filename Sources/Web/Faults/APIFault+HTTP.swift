import HTTPTypes
import Hummingbird
import OrderedJSON

/// The one place where a fault becomes a status, an error body and headers.
extension APIFault {
  /// What the client sees of a fault.
  struct Rendering {
    let status: HTTPResponse.Status
    let type: ErrorType
    var code: String?
    var parameter: String?
    let message: String
    var retryAfter: Duration?
    /// Whether OpenAI's clients repeat the request by themselves; nil leaves it to the status.
    var shouldRetry: Bool?
    var closesConnection = false
    var allowedMethods: [String] = []
  }

  /// The `type` member of an error body.
  enum ErrorType: String {
    case invalidRequest = "invalid_request_error"
    case authentication = "authentication_error"
    case notFound = "not_found_error"
    case overloaded = "overloaded_error"
    case unavailable = "unavailable_error"
    case timeout = "timeout_error"
    case server = "server_error"
  }

  var message: String { rendering.message }

  /// The error body of OpenAI's API: `{"error": {"message", "type", "param", "code"}}`.
  var body: JSON {
    let rendering = rendering
    return [
      "error": [
        "message": .string(rendering.message),
        "type": .string(rendering.type.rawValue),
        "param": rendering.parameter.map(JSON.string) ?? .null,
        "code": rendering.code.map(JSON.string) ?? .null,
      ]
    ]
  }

  func response() -> Response {
    let rendering = rendering
    var headers: HTTPFields = [.contentType: "application/json"]
    if let wait = rendering.retryAfter {
      headers[.retryAfter] = String(max(1, Int(wait / .seconds(1) + 0.999)))
    }
    if let shouldRetry = rendering.shouldRetry { headers[.xShouldRetry] = "\(shouldRetry)" }
    if rendering.closesConnection { headers[.connection] = "close" }
    if rendering.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
    if !rendering.allowedMethods.isEmpty {
      headers[.allow] = rendering.allowedMethods.joined(separator: ", ")
    }
    return Response(
      status: rendering.status,
      headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.serialized))
    )
  }

  var rendering: Rendering {
    switch self {
    case .malformedJSON, .notAnObject, .bodyTooLarge, .bodyTimedOut: bodyRendering
    case .missingField, .invalidField, .unsupportedField, .promptTooManyBytes, .promptTooLong,
      .completionTooLong, .chatTemplateFailed:
      fieldRendering
    case .missingAPIKey, .wrongAPIKey, .modelNotFound, .routeNotFound, .methodNotAllowed:
      callerRendering
    default: serverRendering
    }
  }
}

extension APIFault {
  private var bodyRendering: Rendering {
    switch self {
    case .malformedJSON(let error):
      badRequest("The request body is not valid JSON: \(error).", code: "invalid_json")
    case .notAnObject(let found):
      badRequest(
        "The request body must be a JSON object, but it is \(found).",
        code: "invalid_json"
      )
    case .bodyTooLarge(let limit):
      Rendering(
        status: .contentTooLarge,
        type: .invalidRequest,
        code: "body_too_large",
        message: "The request body is larger than this server's limit of \(limit) bytes.",
        closesConnection: true
      )
    case .bodyTimedOut(let limit):
      Rendering(
        status: .requestTimeout,
        type: .timeout,
        code: "body_timeout",
        message: "The request body did not arrive within \(limit).",
        shouldRetry: false,
        closesConnection: true
      )
    default: serverRendering
    }
  }

  private var fieldRendering: Rendering {
    switch self {
    case .missingField(let name):
      badRequest("'\(name)' is required.", code: "missing_field", parameter: name)
    case .invalidField(let name, let problem):
      badRequest("'\(name)' \(problem).", code: "invalid_value", parameter: name)
    case .unsupportedField(let name, let reason):
      badRequest("'\(name)' \(reason).", code: "unsupported_field", parameter: name)
    case .promptTooManyBytes(let count, let limit):
      badRequest(
        "The prompt has \(count) bytes, more than the \(limit) tokens of this model's context can"
          + " hold. Shorten the prompt.",
        code: "context_length_exceeded"
      )
    case .promptTooLong(let prompt, let limit):
      badRequest(
        "The prompt has \(prompt) tokens, but this model's context holds \(limit), the answer"
          + " included. Shorten the prompt.",
        code: "context_length_exceeded"
      )
    case .completionTooLong(let prompt, let maxTokens, let limit):
      badRequest(
        "The prompt has \(prompt) tokens and 'max_tokens' asks for \(maxTokens) more, but this"
          + " model's context holds \(limit). Ask for at most \(limit - prompt), or shorten the"
          + " prompt.",
        code: "context_length_exceeded",
        parameter: "max_tokens"
      )
    case .chatTemplateFailed(let reason):
      badRequest(
        "The model's chat template cannot render these messages: \(reason)",
        code: "chat_template_error",
        parameter: "messages"
      )
    default: serverRendering
    }
  }

  private var callerRendering: Rendering {
    switch self {
    case .missingAPIKey:
      unauthorized("An API key is required: send it as 'Authorization: Bearer KEY'.")
    case .wrongAPIKey: unauthorized("The API key is not valid.")
    case .modelNotFound(let name):
      Rendering(
        status: .notFound,
        type: .notFound,
        code: "model_not_found",
        parameter: "model",
        message: "The model '\(name)' does not exist here. 'GET /v1/models' lists what does."
      )
    case .routeNotFound(let method, let path):
      Rendering(
        status: .notFound,
        type: .notFound,
        code: "route_not_found",
        message: "There is no route \(method) \(path)."
      )
    case .methodNotAllowed(let method, let path, let allowed):
      Rendering(
        status: .methodNotAllowed,
        type: .invalidRequest,
        code: "method_not_allowed",
        message: "\(path) does not take \(method), but \(allowed.joined(separator: " or ")).",
        allowedMethods: allowed
      )
    default: serverRendering
    }
  }

  private var serverRendering: Rendering {
    switch self {
    case .overloaded(let retryAfter):
      Rendering(
        status: .tooManyRequests,
        type: .overloaded,
        code: "queue_full",
        message: "There is more work than can be done in time. Try again later.",
        retryAfter: retryAfter
      )
    case .loading(let retryAfter):
      unavailable("The model is still loading.", code: "model_loading", retryAfter: retryAfter)
    case .draining(let retryAfter):
      unavailable("The server is shutting down.", code: "draining", retryAfter: retryAfter)
    case .engineStopped:
      unavailable("The engine has stopped.", code: "engine_stopped", retryAfter: .seconds(5))
    case .deadlinePassed:
      Rendering(
        status: .requestTimeout,
        type: .timeout,
        code: "deadline_passed",
        message: "The request's deadline passed before the answer was complete.",
        shouldRetry: false
      )
    case .clientDisconnected:
      Rendering(
        status: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"),
        type: .invalidRequest,
        code: "client_disconnected",
        message: "The client closed the connection."
      )
    default:
      Rendering(
        status: .internalServerError,
        type: .server,
        code: "internal_error",
        message: "The server failed. The log has the cause under this request's x-request-id."
      )
    }
  }

  private func badRequest(
    _ message: String,
    code: String,
    parameter: String? = nil
  ) -> Rendering {
    Rendering(
      status: .badRequest,
      type: .invalidRequest,
      code: code,
      parameter: parameter,
      message: message
    )
  }

  private func unauthorized(_ message: String) -> Rendering {
    Rendering(
      status: .unauthorized,
      type: .authentication,
      code: "invalid_api_key",
      message: message
    )
  }

  private func unavailable(_ message: String, code: String, retryAfter: Duration) -> Rendering {
    Rendering(
      status: .serviceUnavailable,
      type: .unavailable,
      code: code,
      message: message,
      retryAfter: retryAfter
    )
  }
}

extension HTTPField.Name {
  static var xRequestID: Self { name("x-request-id") }
  static var xShouldRetry: Self { name("x-should-retry") }
  static var xUnitedExpertShare: Self { name("x-plimsoll-united-expert-share") }
  static var xRequestTimeout: Self { name("x-request-timeout") }
  /// The class of service, where the body names none.
  static var xServiceClass: Self { name("x-service-class") }
  static var xAccelBuffering: Self { name("x-accel-buffering") }

  private static func name(_ literal: String) -> Self {
    guard let name = Self(literal) else { preconditionFailure("\(literal) is no header name") }
    return name
  }
}
