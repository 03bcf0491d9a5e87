package import Control
import Foundation

/// A recording as JSON, a line for where it comes from and one for each observation.
package struct RecordingFile: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  private struct Beginning: Codable {
    var format = Self.known
    var origin: Recording.Origin

    static let known = "plimsoll.dev/recording/v1"
  }

  /// Begins a file, in the place of what was there.
  package func begin(_ origin: Recording.Origin) throws {
    let line = try Self.line(Beginning(origin: origin))
    try Data(line.utf8).write(to: URL(filePath: path), options: .atomic)
  }

  /// Adds an observation to a file that was begun.
  package func append(_ observation: Observation) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(Self.line(observation).utf8))
  }

  package func write(_ recording: Recording) throws {
    try begin(recording.origin)
    for observation in recording.observations { try append(observation) }
  }

  package func read() throws(RecordingError) -> Recording {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    let lines = data.split(separator: UInt8(ascii: "\n"))
    guard let first = lines.first,
      let beginning = try? JSONDecoder().decode(Beginning.self, from: first),
      beginning.format == Beginning.known
    else { throw .notARecording(path: path) }
    if let step = beginning.origin.foresight?.step, step <= .zero {
      throw .badLine(path: path, number: 1, reason: "the step of its foresight is \(step)")
    }
    var recording = Recording(beginning.origin)
    for (index, line) in lines.dropFirst().enumerated() {
      do {
        recording.observations.append(try JSONDecoder().decode(Observation.self, from: line))
      } catch {
        throw .badLine(path: path, number: index + 2, reason: Self.words(error))
      }
    }
    return recording
  }

  /// One value as a line of JSON; equal values make equal bytes.
  package static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  /// What was wrong and where, without the decoder's own vocabulary.
  private static func words(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(place(context.codingPath + [key])) is missing"
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.isEmpty
      ? "the line"
      : path.map { $0.intValue.map(String.init) ?? $0.stringValue }
        .joined(separator: ".")
  }
}

/// Why a recording cannot be replayed.
package enum RecordingError: Error, Hashable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case notARecording(path: String)
  case badLine(path: String, number: Int, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
    case .notARecording(let path):
      "\(path) is no recording. plimsoll simulate and plimsoll run make them with --record FILE."
    case .badLine(let path, let number, let reason):
      "\(path), line \(number), is no observation of this version: \(reason)."
    }
  }
}
