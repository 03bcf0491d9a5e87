import OrderedJSON
import Simulation

/// A machine's pace from files: fitted to step logs, or as it was saved.
struct MachinePace {
  let pace: EnginePace
  /// Nil for a saved one.
  let fit: PaceFit?

  init(paths: [String]) throws {
    if paths.count == 1, paths[0].hasSuffix(".json") {
      pace = try Self.read(paths[0])
      fit = nil
      return
    }
    let steps = try paths.flatMap(Self.steps)
    guard let fit = PaceFit(steps) else {
      throw CommandFailure.unreadableFile(
        path: paths.joined(separator: ", "),
        reason: "\(steps.count) steps are too few; 100 are the least"
      )
    }
    self.fit = fit
    pace = fit.pace
  }

  private static func read(_ path: String) throws -> EnginePace {
    let json = try? JSON(parsing: Array(TextFile.text(at: path).utf8))
    let numbers = json?["microseconds"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    let course = json?["course"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    guard numbers.count == EnginePace.Feature.allCases.count, !course.isEmpty,
      (numbers + course).allSatisfy({ $0 >= 0 && $0.isFinite }), numbers.contains(where: { $0 > 0 })
    else {
      throw CommandFailure.unreadableFile(
        path: path,
        reason: "it is no pace that simulate-serving --write-pace saved"
      )
    }
    let perRequest = json?["per_request_us"]?.doubleValue ?? 0
    return EnginePace(
      microseconds: numbers,
      course: course,
      perRequest: .microseconds(Int64(min(max(perRequest, 0), 1e9)))
    )
  }

  /// The steps of a log, from the start of each to the start of the next if that follows at once.
  private static func steps(in path: String) throws -> [StepSample] {
    let text = try TextFile.text(at: path)
    let rows = text.split(whereSeparator: \.isNewline).dropFirst().enumerated().map { index, line in
      (index, line.split(separator: ",").compactMap { Int($0) })
    }
    guard text.hasPrefix(StepLog.header) else {
      throw CommandFailure.unreadableFile(path: path, reason: "it is no step log")
    }
    if let wrong = rows.first(where: { $0.1.count != 8 }) {
      throw CommandFailure.unreadableFile(
        path: path,
        reason: "line \(wrong.0 + 2) is no line of a step log"
      )
    }
    return samples(rows.map(\.1))
  }

  private static func samples(_ rows: [[Int]]) -> [StepSample] {
    rows.indices.map { index in
      let row = rows[index]
      var sample = StepSample()
      sample.promptRowCount = row[2]
      sample.promptPositionCount = row[3]
      sample.decodingRowCount = row[4]
      sample.decodingPositionCount = row[5]
      sample.sampleCount = row[6]
      let gap = index + 1 < rows.count ? rows[index + 1][0] - row[0] - row[1] : 0
      // What lies between two steps of a busy engine belongs to the step: taking requests in, telling clients.
      let isBusy = (0..<1_000).contains(gap)
      sample.duration = .microseconds(row[1] + (isBusy ? gap : 0))
      return sample
    }
  }

  var json: JSON {
    [
      "microseconds": .array(pace.microseconds.map(JSON.number)),
      "course": .array(pace.course.map { .number(Self.rounded($0)) }),
      "per_request_us": .number(pace.perRequest / .microseconds(1)),
    ]
  }

  /// What a person should know of the fit; nil where there was none.
  var fitText: String? {
    guard let fit else { return nil }
    let parts = zip(EnginePace.Feature.allCases, pace.microseconds).map {
      "  \($0.name): \(Self.rounded($1)) µs\n"
    }
    return "fitted to \(fit.stepCount) steps\n" + parts.joined()
      + "  expected over measured time: \(Self.rounded(fit.bias)); error of a step: median"
      + " \(Self.rounded(fit.medianError * 100)) %, nine in ten below"
      + " \(Self.rounded(fit.largeError * 100)) %\n"
  }

  private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}
