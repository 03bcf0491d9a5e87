import OrderedCollections

extension JSON {
  /// An object's members in source order; of duplicate keys the last value wins.
  ///
  /// Keys are equal when their bytes are. Swift compares strings by canonical equivalence, which would fold
  /// different keys into one (a vocabulary may hold both "é" and "e" with a combining accent).
  package struct Object: Hashable, Sendable {
    private var members: OrderedDictionary<ByteKey, JSON>

    /// A string compared by its bytes.
    private struct ByteKey: Hashable, Sendable {
      let text: String

      static func == (left: ByteKey, right: ByteKey) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
      }

      func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
      }
    }

    package init() { members = [:] }

    /// The members in the order given; of duplicate keys the last value wins.
    package init(uniqueKeysWithValues pairs: some Sequence<(String, JSON)>) {
      members = [:]
      for (key, value) in pairs { self[key] = value }
    }

    /// The value of a member; setting nil removes it, a new key goes to the end.
    package subscript(key: String) -> JSON? {
      get { members[ByteKey(text: key)] }
      set { members[ByteKey(text: key)] = newValue }
    }

    package var keys: [String] { members.keys.map(\.text) }

    package var values: some RandomAccessCollection<JSON> { members.values }

    /// Removes a member and returns its value, nil if there is none.
    @discardableResult
    package mutating func removeValue(forKey key: String) -> JSON? {
      members.removeValue(forKey: ByteKey(text: key))
    }

    /// Adds the members of `other`; `combine` decides between the old and the new value of a key that both have.
    package mutating func merge(_ other: Object, uniquingKeysWith combine: (JSON, JSON) -> JSON) {
      members.merge(
        other.members.elements.lazy.map { ($0.key, $0.value) },
        uniquingKeysWith: combine
      )
    }
  }
}

extension JSON.Object: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { members.count }

  /// The member at `position` in source order.
  package subscript(position: Int) -> (key: String, value: JSON) {
    let member = members.elements[position]
    return (member.key.text, member.value)
  }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(uniqueKeysWithValues: elements)
  }
}
