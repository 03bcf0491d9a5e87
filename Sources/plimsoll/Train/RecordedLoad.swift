import Forecasting
import Simulation

/// A file of rates, and the readings that a forecaster learns from.
struct RecordedLoad {
  private let path: String
  private let trace: RateTrace
  /// Names the file in a record of where something comes from.
  let provenance: String

  init(path: String, step: Duration) throws {
    self.path = path
    let bytes = try TextFile.bytes(at: path)
    provenance = TextFile.provenance(of: bytes, at: path)
    do {
      trace = try RateTrace(parsing: String(decoding: bytes, as: UTF8.self), step: step)
    } catch {
      throw CommandFailure.unreadableFile(path: path, reason: "\(error)")
    }
  }

  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  var duration: Duration { trace.duration }

  /// Whether a week has to be made of what is shorter than two seasons.
  func isSynthetic(_ seasonLength: Int, _ reading: Duration) -> Bool {
    duration < reading * (2 * seasonLength)
  }

  /// Mean rates over steps of `reading`: of the file, or of a synthetic week of such days.
  func readings(of reading: Duration, season: Duration, seed: UInt64) -> [Double] {
    let lines = max(Int((reading / trace.step).rounded()), 1)
    guard duration < season * 2 else { return Self.averaged(trace.requestsPerSecond, over: lines) }
    let week = SyntheticWeek(day: trace.requestsPerSecond, seed: seed)
    return Self.averaged(week.rates, over: lines)
  }

  private static func averaged(_ rates: [Double], over count: Int) -> [Double] {
    stride(from: 0, through: rates.count - count, by: count).map { start in
      rates[start..<(start + count)].reduce(0, +) / Double(count)
    }
  }
}
