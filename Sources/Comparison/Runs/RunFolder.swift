import FoundationEssentials

/// Finished runs, one JSON file each; what makes an interrupted comparison go on.
///
/// A file appears whole or not at all. One that cannot be read, or that holds another run, counts as not there.
package struct RunFolder: Sendable {
  package let path: String

  /// Makes the folder if need be.
  package init(path: String) throws(ComparisonError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  package subscript(key: RunKey) -> RunRecord? {
    guard let data = FileManager.default.contents(atPath: file(of: key)),
      let record = try? JSONDecoder().decode(RunRecord.self, from: data), record.key == key
    else { return nil }
    return record
  }

  package func save(_ record: RunRecord) throws(ComparisonError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      try encoder.encode(record).write(to: URL(filePath: file(of: record.key)), options: .atomic)
    } catch {
      throw .unwritable(path: file(of: record.key), reason: error.reason)
    }
  }

  private func file(of key: RunKey) -> String { "\(path)/\(key.fileName)" }
}
