import Glibc

/// The key that clients send to servers.
enum APIKey {
  /// From PLIMSOLL_API_KEY, else OPENAI_API_KEY.
  static var fromEnvironment: String? {
    for name in ["PLIMSOLL_API_KEY", "OPENAI_API_KEY"] {
      if let value = getenv(name) { return String(cString: value) }
    }
    return nil
  }
}
