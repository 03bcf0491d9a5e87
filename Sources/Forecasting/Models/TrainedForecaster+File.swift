import Learning
package import Safetensors

/// Why a file is no forecaster.
package enum ForecasterFileDefect: Error, Hashable, CustomStringConvertible {
  case notSafetensors(SafetensorsDefect)
  /// A field that is missing or says what it cannot.
  case badField(String)
  /// The network's numbers do not fit its description.
  case badNetwork

  package var description: String {
    switch self {
    case .notSafetensors(let defect): "it is no safetensors file: \(defect)"
    case .badField(let name):
      "its field \"\(name)\" is missing or cannot be meant: was it written by plimsoll train forecaster?"
    case .badNetwork: "its network's numbers do not fit its description"
    }
  }
}

extension TrainedForecaster {
  /// The forecaster as a safetensors file, with a sentence that says where it comes from.
  ///
  /// Equal forecasters of equal origin have equal bytes.
  package func file(provenance: String) -> [UInt8] {
    var network: LoadNetwork?
    var smoothing: [Double] = []
    switch content {
    case .seasonalNaive: break
    case .ewma(let level): smoothing = [level]
    case .holtWinters(let all): smoothing = [all.level, all.trend, all.season, all.damping]
    case .network(let content): network = content
    }
    let shape = network?.shape
    func words(_ numbers: [some Any]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
    var file = SafetensorsWriter(metadata: [
      "format": "plimsoll forecaster 1",
      "provenance": provenance,
      "method": method.rawValue,
      "step nanoseconds": "\(Int64(step / .nanoseconds(1)))",
      "season": "\(seasonLength)",
      "lead": "\(lead)",
      "expected error": "\(expectedError)",
      "below scores": words(belowScores),
      "above scores": words(aboveScores),
      "smoothing": words(smoothing),
      "units": "\(shape?.unitCount ?? 0)",
      "window": "\(shape?.windowLength ?? 0)",
      "leads": words(shape?.leads ?? []),
    ])
    network?.parameters.write(to: &file, prefix: "network/")
    return file.file
  }

  /// Reads what ``file(provenance:)`` wrote.
  package init(reading file: [UInt8]) throws(ForecasterFileDefect) {
    let fields = try ForecasterFields(file)
    guard let method = ForecastMethod(rawValue: try fields.text("method")) else {
      throw .badField("method")
    }
    let seasonLength = try fields.count("season", within: 1...10_000_000)
    let lead = try fields.count("lead", within: 1...seasonLength)
    self.init(
      try fields.content(method, seasonLength: seasonLength, file),
      step: .nanoseconds(Int64(try fields.count("step nanoseconds", within: 1...Int.max))),
      seasonLength: seasonLength,
      lead: lead,
      belowScores: try fields.numbers("below scores"),
      aboveScores: try fields.numbers("above scores"),
      expectedError: try fields.numbers("expected error", count: 1)[0]
    )
  }

  /// Where the forecaster in a file comes from.
  package static func provenance(of file: [UInt8]) throws(ForecasterFileDefect) -> String {
    try ForecasterFields(file).text("provenance")
  }
}

/// The fields of a forecaster's file, each checked as it is read.
private struct ForecasterFields {
  private let metadata: [String: String]

  init(_ file: [UInt8]) throws(ForecasterFileDefect) {
    do {
      metadata = try SafetensorsHeader(reading: file).metadata
    } catch {
      throw .notSafetensors(error)
    }
    guard metadata["format"] == "plimsoll forecaster 1" else { throw .badField("format") }
  }

  func text(_ name: String) throws(ForecasterFileDefect) -> String {
    guard let text = metadata[name] else { throw .badField(name) }
    return text
  }

  func count(_ name: String, within range: ClosedRange<Int>) throws(ForecasterFileDefect) -> Int {
    guard let count = Int(try text(name)), range.contains(count) else { throw .badField(name) }
    return count
  }

  func numbers(_ name: String, count: Int? = nil) throws(ForecasterFileDefect) -> [Double] {
    let words = try text(name).split(separator: " ")
    let numbers = words.compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == words.count, count ?? numbers.count == numbers.count else {
      throw .badField(name)
    }
    return numbers
  }

  func content(
    _ method: ForecastMethod,
    seasonLength: Int,
    _ file: [UInt8]
  ) throws(ForecasterFileDefect) -> TrainedForecaster.Content {
    switch method {
    case .seasonalNaive: return .seasonalNaive
    case .ewma:
      let level = try numbers("smoothing", count: 1)[0]
      guard level > 0, level <= 1 else { throw .badField("smoothing") }
      return .ewma(smoothing: level)
    case .holtWinters:
      let all = try numbers("smoothing", count: 4)
      guard all.allSatisfy((0...1).contains) else { throw .badField("smoothing") }
      return .holtWinters(
        HoltWinters.Smoothing(level: all[0], trend: all[1], season: all[2], damping: all[3])
      )
    case .lstm: return .network(try network(.lstm, seasonLength: seasonLength, file))
    case .gru: return .network(try network(.gru, seasonLength: seasonLength, file))
    }
  }

  private func network(
    _ cell: NetworkShape.Cell,
    seasonLength: Int,
    _ file: [UInt8]
  ) throws(ForecasterFileDefect) -> LoadNetwork {
    let leads = try numbers("leads").map { Int($0) }
    guard let first = leads.first, let last = leads.last, first > 0, last <= seasonLength,
      leads == leads.sorted(), leads.count <= 64
    else { throw .badField("leads") }
    let shape = NetworkShape(
      cell: cell,
      unitCount: try count("units", within: 1...4096),
      windowLength: try count("window", within: 1...100_000),
      seasonLength: seasonLength,
      leads: leads
    )
    guard let parameters = try? Parameters<Float>(reading: file, prefix: "network/") else {
      throw .badNetwork
    }
    let network = LoadNetwork(shape, parameters: parameters)
    guard network.isSound else { throw .badNetwork }
    return network
  }
}
