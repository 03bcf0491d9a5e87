/// CPU in thousandths of a core, as Kubernetes counts it.
package struct Millicores: Hashable, Sendable, Codable, Comparable, AdditiveArithmetic {
  package var count: Int

  package init(_ count: Int) { self.count = count }

  package static let zero = Millicores(0)

  package var cores: Double { Double(count) / 1000 }

  package static func < (left: Millicores, right: Millicores) -> Bool { left.count < right.count }
  package static func + (left: Millicores, right: Millicores) -> Millicores {
    Millicores(left.count + right.count)
  }
  package static func - (left: Millicores, right: Millicores) -> Millicores {
    Millicores(left.count - right.count)
  }
}

extension Millicores: CustomStringConvertible {
  /// Reads a Kubernetes CPU quantity: `250m`, `2`, `0.5`; nil if it is none or finer than a millicore.
  package init?(quantity: String) {
    let digits = quantity.hasSuffix("m") ? quantity.dropLast() : quantity[...]
    let scale = quantity.hasSuffix("m") ? 1.0 : 1000
    guard let number = plainDecimal(digits), let count = Int(exactly: (number * scale).nearMilli)
    else {
      return nil
    }
    self.init(count)
  }

  package var description: String { count % 1000 == 0 ? "\(count / 1000)" : "\(count)m" }
}
