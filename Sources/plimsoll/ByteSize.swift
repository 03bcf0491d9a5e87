import ArgumentParser

/// An amount of memory as people write it: `512MiB`, `2GiB`, `1.5G`, `4096`.
struct ByteSize: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  /// Units are powers of 1024 with or without `iB`, as memory is sold.
  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), number >= 0 else { return nil }
    let shift: Int
    switch argument.dropFirst(digits.count).lowercased() {
    case "", "b": shift = 0
    case "k", "kb", "kib": shift = 10
    case "m", "mb", "mib": shift = 20
    case "g", "gb", "gib": shift = 30
    case "t", "tb", "tib": shift = 40
    default: return nil
    }
    guard let bytes = Int(exactly: (number * Double(1 << shift)).rounded()) else { return nil }
    self.bytes = bytes
  }

  var description: String {
    for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
    where bytes >= 1 << shift {
      let tenths = (Double(bytes) / Double(1 << shift) * 10).rounded() / 10
      return "\(tenths) \(unit)"
    }
    return "\(bytes) bytes"
  }
}
