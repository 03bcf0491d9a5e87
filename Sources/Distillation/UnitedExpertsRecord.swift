package import Learning
package import OrderedJSON
import Safetensors
package import Transformer

/// The united experts that are made so far, with the errors they were left with; a run that was interrupted goes
/// on from here.
package struct UnitedExpertsRecord: Sendable {
  /// One united expert.
  package struct Entry: Sendable, Hashable {
    package let layer: Int
    package let group: Int
    package let members: [Int]
    package let tokenCount: Int
    /// Of the parameter average and of the taught expert, as shares of what skipping the group would cost.
    package let averageError: Double
    package let error: Double
  }

  /// What the result depends on; a record of other settings is of no use.
  package let settings: JSON
  package private(set) var entries: [Entry] = []
  private var experts = Parameters<Float>()

  package init(settings: JSON) { self.settings = settings }

  package mutating func append(_ entry: Entry, _ expert: Parameters<Float>) {
    entries.append(entry)
    for name in expert.names { experts[Self.prefix(entry) + name] = expert[name] }
  }

  package func entry(layer: Int, group: Int) -> Entry? {
    entries.first { $0.layer == layer && $0.group == group }
  }

  private static func prefix(_ entry: Entry) -> String {
    "\(ModuleID.united(layer: entry.layer, group: entry.group))."
  }
}

// MARK: - On disk

extension UnitedExpertsRecord {
  /// The record as a file, exact.
  package var file: [UInt8] {
    var writer = SafetensorsWriter(metadata: [
      "settings": settings.text,
      "entries": JSON.array(entries.map(\.json)).text,
    ])
    experts.write(to: &writer)
    return writer.file
  }

  /// Reads ``file``; nil when it is damaged or of other settings.
  package init?(reading file: [UInt8], settings: JSON) {
    let metadata = try? SafetensorsHeader(reading: file).metadata
    guard metadata?["settings"] == settings.text,
      let entries = try? JSON(parsing: metadata?["entries"] ?? "").arrayValue,
      let experts = try? Parameters(reading: file)
    else { return nil }
    self.settings = settings
    self.experts = experts
    self.entries = entries.compactMap(Entry.init)
    guard self.entries.count == entries.count else { return nil }
  }

  /// The finished file that stands beside the model: bfloat16, with where it comes from.
  package func unitedFile(
    _ united: UnitedExperts,
    folder: ModelFolder,
    version: String
  ) throws(ModelError) -> [UInt8] {
    var writer = SafetensorsWriter(metadata: [
      "plimsoll.united": united.json.text,
      "plimsoll.routers": try folder.routerFingerprint(),
      "plimsoll.version": version,
      "plimsoll.settings": settings.text,
      "plimsoll.errors": JSON.array(entries.map(\.json)).text,
    ])
    for entry in entries {
      guard let gateUp = experts[Self.prefix(entry) + "gateUp"],
        let down = experts[Self.prefix(entry) + "down"]
      else { preconditionFailure("no expert for \(entry)") }
      let prefix = UnitedExperts.tensorPrefix(layer: entry.layer, group: entry.group)
      let width = gateUp.rowCount / 2
      writer.append(prefix + "gate_proj", gateUp.rows(0..<width))
      writer.append(prefix + "up_proj", gateUp.rows(width..<(2 * width)))
      writer.append(prefix + "down_proj", down)
    }
    return writer.file
  }
}

extension SafetensorsWriter {
  fileprivate mutating func append(_ name: String, _ matrix: RealMatrix<Float>) {
    append(
      name + ".weight",
      type: "BF16",
      shape: [matrix.rowCount, matrix.columnCount],
      bytes: matrix.elements.flatMap { number in
        let bits = number.bfloat16Bits
        return [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
      }
    )
  }
}

extension Float {
  /// The upper half of the number, rounded to nearest, ties to even.
  var bfloat16Bits: UInt16 {
    if isNaN { return 0x7FC0 }
    let rounding = 0x7FFF + ((bitPattern >> 16) & 1)
    return UInt16(truncatingIfNeeded: (bitPattern &+ rounding) >> 16)
  }
}

extension UnitedExpertsRecord.Entry {
  fileprivate var json: JSON {
    [
      "layer": .integer(layer),
      "group": .integer(group),
      "members": .array(members.map(JSON.integer)),
      "tokens": .integer(tokenCount),
      "average_error": .number(averageError),
      "error": .number(error),
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let layer = json["layer"]?.integerValue, let group = json["group"]?.integerValue,
      let members = json["members"]?.arrayValue?.compactMap(\.integerValue),
      let tokenCount = json["tokens"]?.integerValue,
      let averageError = json["average_error"]?.doubleValue,
      let error = json["error"]?.doubleValue
    else { return nil }
    self.init(
      layer: layer,
      group: group,
      members: members,
      tokenCount: tokenCount,
      averageError: averageError,
      error: error
    )
  }
}
