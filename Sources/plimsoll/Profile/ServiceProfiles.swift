import Applications
import Control
import Foundation

/// The measured curves of an application's services, as a file.
struct ServiceProfiles: Codable {
  private static let currentFormat = "plimsoll profiles 1"

  var format = currentFormat
  var provenance: String
  /// By service.
  var services: [String: LoadLatencyCurve] = [:]

  init(provenance: String) { self.provenance = provenance }

  /// Reads a file's bytes and refuses curves that cannot be meant.
  init(_ bytes: [UInt8], from path: String) throws {
    do {
      self = try JSONDecoder().decode(ServiceProfiles.self, from: Data(bytes))
    } catch {
      throw CommandFailure.unreadableFile(
        path: path,
        reason: "it was not written by plimsoll profile"
      )
    }
    let unsound = services.filter { !$0.value.isSound }.keys.sorted()
    guard format == Self.currentFormat, unsound.isEmpty else {
      throw CommandFailure.unreadableFile(
        path: path,
        reason: unsound.first.map { "the curve of \($0) cannot be meant" }
          ?? "its format is \(format), not \(Self.currentFormat)"
      )
    }
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try TextFile.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
  }

  /// The curves of an application's services; a file that knows none of them is another application's.
  func curves(
    for application: Application,
    from path: String
  ) throws -> [ServiceName: LoadLatencyCurve] {
    let curves = Dictionary(
      uniqueKeysWithValues: services.map { (ServiceName($0.key), $0.value) }
    )
    guard application.services.contains(where: { curves[$0.name] != nil }) else {
      throw CommandFailure.unreadableFile(
        path: path,
        reason: "it holds no curve of a service of \(application.name)"
      )
    }
    return curves
  }
}
