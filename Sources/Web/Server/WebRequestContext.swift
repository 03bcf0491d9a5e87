import Hummingbird
import Logging
import NIOCore

/// What handlers know of a request besides its head and body.
struct WebRequestContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The client's `x-request-id`, or one of ours.
  var requestID = ""
  var client = Client()
  private let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// The client's connection, or nil where there is no socket, as in tests of the router alone.
  func connection() async throws -> Connection? {
    let channel = channel
    return try await channel.eventLoop.submit {
      let operations = channel.pipeline.syncOperations
      return (try? operations.handler(type: ConnectionHandler.self))?.connection
    }.get()
  }
}
