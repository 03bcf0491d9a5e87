import NIOHTTP1

extension HTTPHeaders {
  /// The headers that concern one connection only (RFC 9110, section 7.6.1); framing is left to the codec.
  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect",
  ]

  /// Takes out what must not be passed on to the next connection.
  mutating func removeHopByHop() {
    let named = self[canonicalForm: "connection"].map { $0.lowercased() }
    let doomed = lazy.map { $0.name.lowercased() }.filter {
      Self.hopByHop.contains($0) || named.contains($0)
    }
    // What frames the body stays, whatever `Connection` says.
    for name in Set(doomed) where name != "content-length" && name != "transfer-encoding" {
      remove(name: name)
    }
  }
}
