import Applications

/// Why a command cannot do its work, in words for the person at the terminal.
enum CommandFailure: Error, CustomStringConvertible {
  case modelNotFound(path: String)
  case noBundledModel(searched: [String])
  case unreadableFile(path: String, reason: String)
  case unwritableFile(path: String, reason: String)
  case invalidApplication(path: String, problems: [Problem])
  case loadTooShort(path: String, reason: String)
  case noExperts(path: String)
  case noUnitedExperts(path: String, way: Int)
  case noQualityRecord(way: Int)
  case noServer(url: String, reason: String)
  case noAnswer(url: String, reason: String)
  case nothingAnswered(url: String, reason: String)
  case serverRefused(status: Int, message: String)
  case notAServer(url: String)

  var description: String {
    switch self {
    case .modelNotFound(let path):
      "There is no model folder at \(path): it must hold a config.json."
    case .noBundledModel(let searched):
      "The model that ships was not found; looked in \(searched.joined(separator: ", "))."
        + " Name a model folder: plimsoll serve MODEL."
    case .unreadableFile(let path, let reason): "\(path) cannot be read: \(reason)."
    case .unwritableFile(let path, let reason): "\(path) cannot be written: \(reason)."
    case .invalidApplication(let path, let problems):
      problems.map { "\(path):\($0)" }.joined(separator: "\n")
    case .loadTooShort(let path, let reason):
      "\(path) is too short to learn from: \(reason). Record more, or give a smaller --season or --reading."
    case .noExperts(let path): "\(path) has no mixture of experts that could be united."
    case .noUnitedExperts(let path, let way):
      "\(path) has no united experts by \(way). Make them with:"
        + " plimsoll unite MODEL --way \(way) --calibration TEXT"
    case .noQualityRecord(let way):
      "How much accuracy united experts by \(way) cost has not been measured. Measure it with:"
        + " plimsoll evaluate MODEL --text FILE --way \(way) --record, or give --brownout-floor."
    case .noServer(let url, let reason):
      "No server answers at \(url) (\(reason)). Start one with: plimsoll serve"
    case .noAnswer(let url, let reason): "The server at \(url) gave no whole answer: \(reason)."
    case .nothingAnswered(let url, let reason): "No request to \(url) succeeded: \(reason)."
    case .serverRefused(let status, let message): "The server answered \(status): \(message)"
    case .notAServer(let url): "What answers at \(url) is no OpenAI-compatible server."
    }
  }
}
