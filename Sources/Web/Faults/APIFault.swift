package import OrderedJSON

/// Why a request is not answered as asked; `APIFault+HTTP.swift` alone says what the client sees.
package enum APIFault: Error, Sendable, Hashable {
  // The body.
  case malformedJSON(JSONSyntaxError)
  case notAnObject(found: String)
  case bodyTooLarge(limit: Int)
  case bodyTimedOut(limit: Duration)

  // Its fields.
  case missingField(String)
  /// `problem` continues the sentence "FIELD …".
  case invalidField(String, problem: String)
  /// A field of the OpenAI API that this server knows and does not implement.
  case unsupportedField(String, reason: String)
  case promptTooManyBytes(Int, maximumModelLength: Int)
  case promptTooLong(promptTokens: Int, maximumModelLength: Int)
  case completionTooLong(promptTokens: Int, maxTokens: Int, maximumModelLength: Int)
  case chatTemplateFailed(reason: String)

  // The caller and what it asks for.
  case missingAPIKey
  case wrongAPIKey
  case modelNotFound(String)
  case routeNotFound(method: String, path: String)
  case methodNotAllowed(method: String, path: String, allowed: [String])

  // The server.
  case overloaded(retryAfter: Duration)
  case loading(retryAfter: Duration)
  case draining(retryAfter: Duration)
  case deadlinePassed
  case engineStopped
  /// The client is gone: nobody reads the answer, the log does.
  case clientDisconnected
  /// A fault of ours; what it was is in the log under the request's id, not in the answer.
  case unexpected
}
