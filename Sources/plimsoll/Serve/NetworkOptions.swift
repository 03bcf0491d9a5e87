import ArgumentParser
import FoundationEssentials
import Glibc
import Web

/// Where the server listens and whom it answers.
struct NetworkOptions: ParsableArguments {
  @Option(help: "The address to listen on; 0.0.0.0 for every interface.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen on; 0 lets the system choose.")
  var port = 8_000

  @Option(help: ArgumentHelp("A key that clients must send; may be repeated.", valueName: "key"))
  var apiKey: [String] = []

  @Option(help: ArgumentHelp("A file with one key per line.", valueName: "file"))
  var apiKeyFile: String?

  @Option(help: ArgumentHelp("A PEM file with the server's certificate chain.", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("A PEM file with the certificate's private key.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp("A web origin whose scripts may call; * for all.", valueName: "origin")
  )
  var corsOrigin: [String] = []

  @Option(
    help: ArgumentHelp(
      "How long a request may take unless it asks for less; no limit if left out.",
      valueName: "seconds"
    )
  )
  var requestTimeout: Double?

  @Option(help: ArgumentHelp("The largest request body, such as 32MiB.", valueName: "size"))
  var maxBodySize = ByteSize(bytes: 32 << 20)

  @Flag(help: "Let load tests set the length of an answer (bench_output_length).")
  var benchLengths = false

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port must be between 0 and 65535, but is \(port).")
    }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key belong together: give both or none.")
    }
    if apiKey.contains("") { throw ValidationError("--api-key must not be empty.") }
    if let requestTimeout, !(requestTimeout > 0 && requestTimeout <= 86_400) {
      throw ValidationError(
        "--request-timeout must be above 0 and at most 86400, but is \(requestTimeout)."
      )
    }
    guard maxBodySize.bytes > 0 else { throw ValidationError("--max-body-size must not be 0.") }
  }

  func configuration() throws -> WebConfiguration {
    var configuration = WebConfiguration()
    configuration.host = host
    configuration.port = port
    configuration.apiKeys = try keys()
    configuration.corsOrigins = corsOrigin
    configuration.maximumBodySize = maxBodySize.bytes
    configuration.requestTimeout = requestTimeout.map { .seconds($0) }
    configuration.allowsReplayedLengths = benchLengths
    if let tlsCertificate, let tlsKey {
      configuration.tlsFiles = WebConfiguration.TLSFiles(
        certificateChain: tlsCertificate,
        privateKey: tlsKey
      )
    }
    return configuration
  }

  /// The keys of the flags, the file and the environment together.
  private func keys() throws -> [String] {
    var keys = apiKey
    if let apiKeyFile {
      guard let text = try? String(contentsOfFile: apiKeyFile, encoding: .utf8) else {
        throw CommandFailure.unreadableFile(path: apiKeyFile, reason: "no readable UTF-8 text")
      }
      let lines = text.split(whereSeparator: \.isNewline).map(String.init)
      keys += lines.filter { !$0.isEmpty && !$0.hasPrefix("#") }
      if keys.isEmpty {
        throw CommandFailure.unreadableFile(path: apiKeyFile, reason: "it holds no key")
      }
    }
    if let value = getenv("PLIMSOLL_API_KEY"), value.pointee != 0 {
      keys.append(String(cString: value))
    }
    return keys
  }
}
