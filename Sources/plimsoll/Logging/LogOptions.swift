import ArgumentParser
import Logging

/// How and how much to log.
struct LogOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  enum Level: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    var value: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
  }

  @Option(help: "How log lines are written to standard error.")
  var logFormat = Format.text

  @Option(help: "The least level that is logged.")
  var logLevel = Level.info

  func makeLogger(label: String) -> Logger {
    let format = logFormat
    var logger = Logger(label: label) { label in
      switch format {
      case .text: StreamLogHandler.standardError(label: label)
      case .json: JSONLogHandler(label: label)
      }
    }
    logger.logLevel = logLevel.value
    return logger
  }
}
