import OrderedCollections

/// Keeps signals that cannot be meant from reaching a policy: wrong unit, not a number, negative.
struct SignalScreen: Sendable {
  /// What was kept back in the latest observation, in words; the first few only.
  private(set) var complaints: [String] = []
  private static let complaintLimit = 16

  /// The observation without the signals that cannot be meant.
  mutating func pass(_ observation: Observation) -> Observation {
    complaints = []
    var passed = observation
    for (index, element) in observation.services.elements.enumerated() {
      let (name, service) = element
      if let signals = screened(service.signals, of: "\(name)") {
        passed.services.values[index].signals = signals
      }
      for (number, replica) in service.replicas.enumerated() {
        guard let signals = screened(replica.signals, of: "\(name)/\(replica.ordinal)") else {
          continue
        }
        passed.services.values[index].replicas[number].signals = signals
      }
    }
    for (index, element) in observation.entryPoints.elements.enumerated() {
      if let signals = screened(element.value, of: "\(element.key)") {
        passed.entryPoints.values[index] = signals
      }
    }
    return passed
  }

  /// The signals without the wrong ones; nil if none is wrong.
  private mutating func screened(
    _ signals: Signals,
    of subject: @autoclosure () -> String
  ) -> Signals? {
    var kept: Signals?
    for entry in signals.entries {
      guard let fault = fault(of: entry) else { continue }
      kept = kept ?? signals
      kept?[entry.name] = nil
      if complaints.count < Self.complaintLimit {
        complaints.append("\(entry.name.rawValue) of \(subject()) ignored: \(fault)")
      }
    }
    return kept
  }

  private func fault(of entry: Signals.Entry) -> String? {
    let signal = entry.signal
    if signal.unit != entry.name.unit {
      return "it is in \(signal.unit.rawValue), not \(entry.name.unit.rawValue)"
    }
    if !signal.value.isFinite || signal.value < 0 { return "its value is \(signal.value)" }
    if signal.age < .zero || signal.window < .zero { return "it is of the future" }
    return nil
  }
}
