/// The signals of one subject by name; those that are missing are simply not there.
///
/// A short list kept in the order of the names: a subject has a dozen at most, and equal signals have equal
/// bytes however they were put in.
package struct Signals: Hashable, Sendable, Codable {
  package struct Entry: Hashable, Sendable, Codable {
    package let name: SignalName
    package var signal: Signal
  }

  package private(set) var entries: [Entry] = []

  package init() {}

  package subscript(name: SignalName) -> Signal? {
    get { entries.first { $0.name == name }?.signal }
    set {
      entries.removeAll { $0.name == name }
      guard let newValue else { return }
      let place = entries.firstIndex { $0.name.rawValue > name.rawValue } ?? entries.endIndex
      entries.insert(Entry(name: name, signal: newValue), at: place)
    }
  }

  package var isEmpty: Bool { entries.isEmpty }
  package var names: [SignalName] { entries.map(\.name) }
}

extension Signals: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (SignalName, Signal)...) {
    for (name, signal) in elements { self[name] = signal }
  }
}
