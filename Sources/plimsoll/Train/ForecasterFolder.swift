import Forecasting
import Foundation

/// The versions of a forecaster on disk: `METHOD-0001.safetensors` and on; none is ever overwritten.
struct ForecasterFolder {
  let path: String
  let method: ForecastMethod

  private var partialPath: String { "\(path)/\(method.rawValue).partial" }

  /// The numbers that are taken.
  private var numbers: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix(method.rawValue + "-"), name.hasSuffix(".safetensors") else {
        return nil
      }
      return Int(name.dropFirst(method.rawValue.count + 1).dropLast(".safetensors".count))
    }
  }

  private func path(of number: Int) -> String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(4 - digits.count, 0))
    return "\(path)/\(method.rawValue)-\(zeros)\(digits).safetensors"
  }

  /// The newest version and where it lies; nil if there is none.
  func newest() throws -> (path: String, file: TrainedForecaster)? {
    guard let number = numbers.max() else { return nil }
    return (path(of: number), try ForecasterFile.read(path(of: number)))
  }

  /// Writes the next version whole, and returns its path.
  func write(_ file: [UInt8]) throws -> String {
    let temporary = partialPath + ".\(ProcessInfo.processInfo.processIdentifier)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(file).write(to: URL(filePath: temporary))
      defer { try? FileManager.default.removeItem(atPath: temporary) }
      var number = (numbers.max() ?? 0) + 1
      // A link fails where somebody else took the number meanwhile.
      while (try? FileManager.default.linkItem(atPath: temporary, toPath: path(of: number))) == nil
      {
        guard FileManager.default.fileExists(atPath: path(of: number)) else {
          throw CommandFailure.unwritableFile(path: path(of: number), reason: "it cannot be linked")
        }
        number += 1
      }
      try? FileManager.default.removeItem(atPath: partialPath)
      return path(of: number)
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure.unwritableFile(path: path, reason: error.localizedDescription)
    }
  }

  /// What an interrupted training left behind.
  func partial() -> [UInt8]? {
    (try? Data(contentsOf: URL(filePath: partialPath))).map(Array.init)
  }

  /// Keeps an unfinished training; each one replaces the one before whole.
  func keep(_ checkpoint: [UInt8]) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data(checkpoint).write(to: URL(filePath: partialPath), options: .atomic)
    } catch {
      throw CommandFailure.unwritableFile(path: partialPath, reason: error.localizedDescription)
    }
  }
}

/// A trained forecaster's file, for commands that use one.
enum ForecasterFile {
  static func read(_ path: String) throws -> TrainedForecaster {
    try read(TextFile.bytes(at: path), from: path)
  }

  static func read(_ bytes: [UInt8], from path: String) throws -> TrainedForecaster {
    do {
      return try TrainedForecaster(reading: bytes)
    } catch {
      throw CommandFailure.unreadableFile(path: path, reason: "\(error)")
    }
  }
}
