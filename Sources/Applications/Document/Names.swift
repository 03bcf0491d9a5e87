/// An identifier that is a text; each kind has a type of its own, so that they cannot be mixed up.
package protocol Name: RawRepresentable<String>, Hashable, Comparable, Sendable, Codable,
  ExpressibleByStringLiteral, CustomStringConvertible
{
  init(rawValue: String)
}

extension Name {
  package init(_ text: String) { self.init(rawValue: text) }
  package init(stringLiteral value: String) { self.init(rawValue: value) }
  package var description: String { rawValue }
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The name of a service, a DNS label: it becomes a Kubernetes object's name.
package struct ServiceName: Name {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of an operation, unique within its service.
package struct OperationName: Name {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}

/// The name of a way into the application.
package struct EntryPointName: Name {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
}
