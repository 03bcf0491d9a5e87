/// A size in bytes.
package struct ByteCount: Hashable, Sendable, Codable, Comparable, AdditiveArithmetic {
  package var bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  package static let zero = ByteCount(0)

  package static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
  package static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
  package static func gibibytes(_ count: Int) -> ByteCount { ByteCount(count << 30) }

  package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
  package static func + (left: ByteCount, right: ByteCount) -> ByteCount {
    ByteCount(left.bytes + right.bytes)
  }
  package static func - (left: ByteCount, right: ByteCount) -> ByteCount {
    ByteCount(left.bytes - right.bytes)
  }
}

extension ByteCount: CustomStringConvertible {
  /// The suffixes Kubernetes knows, the longest first.
  private static let scales: [(suffix: String, bytes: Double)] = [
    ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
    ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("", 1),
  ]

  /// Reads a Kubernetes memory quantity: `64Mi`, `1.5Gi`, `500M`, `1024`; nil if it is none.
  package init?(quantity: String) {
    guard let scale = Self.scales.first(where: { quantity.hasSuffix($0.suffix) }),
      let number = plainDecimal(quantity.dropLast(scale.suffix.count)),
      let bytes = Int(exactly: (number * scale.bytes).rounded())
    else { return nil }
    self.init(bytes)
  }

  package var description: String {
    let units = Self.scales.prefix(4).reversed()
    let exact = units.first { bytes != 0 && bytes % Int($0.bytes) == 0 }
    return exact.map { "\(bytes / Int($0.bytes))\($0.suffix)" } ?? "\(bytes)"
  }
}
