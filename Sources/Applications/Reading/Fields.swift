/// Typed reading of one map; what is missing or wrong reads as nil, as ``ShapeCheck`` has reported it already.
struct Fields {
  private let node: YAMLNode

  init(_ node: YAMLNode) { self.node = node }

  subscript(key: String) -> Fields? { node[key].map(Fields.init) }

  func has(_ key: String) -> Bool { node[key] != nil }

  func elements(_ key: String) -> [Fields] { node[key]?.elements.map(Fields.init) ?? [] }

  func text(_ key: String) -> String? { scalar(key).flatMap { $0.isText ? $0.text : nil } }

  func name<Value: Name>(_ key: String) -> Value { Value(rawValue: text(key) ?? "") }

  func integer(_ key: String) -> Int? { number(key).flatMap { Int(exactly: $0) } }

  func number(_ key: String) -> Double? { scalar(key)?.number }

  func cpu(_ key: String) -> Millicores? { scalar(key).flatMap { Millicores(quantity: $0.text) } }

  func memory(_ key: String) -> ByteCount? { scalar(key).flatMap { ByteCount(quantity: $0.text) } }

  func duration(_ key: String) -> Duration? { scalar(key).flatMap { Duration(quantity: $0.text) } }

  func texts(_ key: String) -> [String] {
    elements(key).compactMap { $0.node.scalar?.text }
  }

  func textMap(_ key: String) -> [(String, String)] {
    node[key]?.members.compactMap { member in
      member.value.scalar.map { (member.key, $0.text) }
    } ?? []
  }

  private func scalar(_ key: String) -> YAMLNode.Scalar? { node[key]?.scalar }
}
