extension SimulationReport {
  /// The report for a person: what was promised and kept, what each service held and used, what it cost.
  package var text: String {
    """
    \(application), \(policy ?? "as it is") for \(Self.time(duration)), seed \(seed)

    \(Self.table([Self.entryHeader] + entryPoints.map(\.cells)))

    \(Self.table([Self.serviceHeader] + services.map(\.cells)))

    Cost \(Self.decimal(cost, 4)), \(Self.decimal(cost / duration * 3600, 4)) an hour; \
    \(spanCount) requests between services
    """
  }

  private static let entryHeader = [
    "entry point", "requests", "failed", "p50", "p95", "p99", "SLO", "in time", "windows broken",
  ]
  private static let serviceHeader = [
    "service", "replicas", "peak", "cores asked", "cores used", "throttled", "cost",
  ]

  /// Columns side by side, the first to the left and the others to the right.
  private static func table(_ rows: [[String]]) -> String {
    let widths = (0..<(rows.first?.count ?? 0)).map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let gap = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + gap : gap + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// A time in the unit that suits its size: 850 us, 4.2 ms, 1.5 s, 10 min.
  fileprivate static func time(_ seconds: Double?) -> String {
    guard let seconds else { return "-" }
    return switch seconds {
    case ..<1e-3: "\(decimal(seconds * 1e6, 0)) us"
    case ..<1: "\(decimal(seconds * 1e3, seconds < 0.1 ? 1 : 0)) ms"
    case ..<120: "\(decimal(seconds, seconds < 10 ? 2 : 0)) s"
    default: "\(decimal(seconds / 60, 0)) min"
    }
  }

  fileprivate static func percent(_ share: Double) -> String { "\(decimal(share * 100, 1)) %" }

  fileprivate static func decimal(_ value: Double, _ digitCount: Int) -> String {
    let scale = (0..<digitCount).reduce(1) { scale, _ in scale * 10 }
    let scaled = Int((value * Double(scale)).rounded())
    guard digitCount > 0 else { return "\(scaled)" }
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: scale)
    let digits = String(rest.magnitude)
    return "\(whole)." + String(repeating: "0", count: digitCount - digits.count) + digits
  }
}

extension SimulationReport.EntryPoint {
  fileprivate var cells: [String] {
    let times = [p50, p95, p99].map(SimulationReport.time)
    let promise = self.promise.map {
      [
        "p\(SimulationReport.decimal($0.quantile * 100, 0)) < \(SimulationReport.time($0.bound))",
        $0.keptShare.map(SimulationReport.percent) ?? "-",
        "\($0.brokenWindowCount) of \($0.windowCount)",
      ]
    }
    return ["\(name)", "\(requestCount)", "\(failedCount)"] + times + (promise ?? ["-", "-", "-"])
  }
}

extension SimulationReport.Service {
  fileprivate var cells: [String] {
    [
      "\(name)", SimulationReport.decimal(meanReplicaCount, 1), "\(peakReplicaCount)",
      SimulationReport.decimal(requestedCores, 2), SimulationReport.decimal(usedCores, 2),
      SimulationReport.percent(throttledShare), SimulationReport.decimal(cost, 4),
    ]
  }
}
