import ArgumentParser

/// The address of a server on the command line, without a path.
struct ServerURL: ExpressibleByArgument, CustomStringConvertible {
  let description: String

  /// Where `plimsoll serve` listens by default.
  static let local = ServerURL(description: "http://127.0.0.1:8000")

  private init(description: String) { self.description = description }

  init?(argument: String) {
    guard argument.hasPrefix("http://") || argument.hasPrefix("https://") else { return nil }
    var text = argument.trimmingSlashes
    // People paste the base URL of an OpenAI client.
    if text.hasSuffix("/v1") { text = String(text.dropLast(3)).trimmingSlashes }
    description = text
  }
}

extension String {
  var trimmingSlashes: String {
    var text = self
    while text.hasSuffix("/") { text.removeLast() }
    return text
  }
}
