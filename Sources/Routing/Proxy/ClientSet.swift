/// The open connections of one listening port; lives on their event loop.
final class ClientSet {
  /// Whether connections end with their next answer.
  private(set) var isClosing = false
  private var clients: [ObjectIdentifier: ClientConnection] = [:]

  func add(_ client: ClientConnection) { clients[ObjectIdentifier(client)] = client }

  func remove(_ client: ClientConnection) { clients[ObjectIdentifier(client)] = nil }

  func beginClosing() {
    isClosing = true
    for client in Array(clients.values) { client.closeIfIdle() }
  }

  func closeAll() {
    for client in Array(clients.values) { client.close() }
  }
}
