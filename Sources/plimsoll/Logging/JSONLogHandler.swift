import FoundationEssentials
import Glibc
import Logging
import OrderedJSON

/// Writes each log record as one line of JSON on standard error.
struct JSONLogHandler: LogHandler {
  let label: String
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?
  var logLevel = Logger.Level.info

  init(label: String) {
    self.label = label
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var members: JSON.Object = [
      "time": .string(
        Date.now.ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))
      ),
      "level": .string(event.level.rawValue),
      "logger": .string(label),
      "message": .string("\(event.message)"),
    ]
    let metadata = self.metadata
      .merging(metadataProvider?.get() ?? [:]) { $1 }
      .merging(event.metadata ?? [:]) { $1 }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where members[key] == nil {
      members[key] = json(value)
    }
    var line = JSON.object(members).serialized
    line.append(UInt8(ascii: "\n"))
    // One write, so that lines of several threads do not mix.
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  private func json(_ value: Logger.Metadata.Value) -> JSON {
    switch value {
    case .string(let text): .string(text)
    case .stringConvertible(let value): .string(value.description)
    case .array(let elements): .array(elements.map(json))
    case .dictionary(let members):
      .object(
        JSON.Object(uniqueKeysWithValues: members.sorted { $0.key < $1.key }.map { ($0, json($1)) })
      )
    }
  }
}
