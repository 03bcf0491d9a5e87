package import Randomness

/// Changes bytes as damage and malice do: flips, cuts, repeats, and values that are likely to hurt.
package struct ByteMutator {
  private static let hostileTexts = [
    "-1", "0", "1e999", "9223372036854775807", "18446744073709551616", "1e308", "null", "[]", "{}",
    "\"\"", "true", "0.5", String(repeating: "[", count: 300), "\u{0}", "../x", "F64",
    "0.1e-400", "-0.0", "\"\\ud800\"", "99999999999999999999999", "[null]", "\u{FEFF}",
  ].map { Array($0.utf8) }

  package init() {}

  /// A copy of `bytes` with one to three changes.
  package func mutate(_ bytes: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) { change(&bytes, &generator) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: bytes.indices, using: &generator)
    let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 5: replaceNumber(in: &bytes, near: place, &generator)
    case 6: bytes.insert(contentsOf: hostileText(&generator), at: place)
    default: for index in bytes.indices.prefix(8) { bytes[index] = generator.next().first }
    }
  }

  /// Puts a hostile text in the place of the first number after `place`: sizes, offsets, counts.
  private func replaceNumber(
    in bytes: inout [UInt8],
    near place: Int,
    _ generator: inout SplitMix64
  ) {
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
    bytes.replaceSubrange(start..<end, with: hostileText(&generator))
  }

  private func hostileText(_ generator: inout SplitMix64) -> [UInt8] {
    Bool.random(using: &generator)
      ? Self.hostileTexts.randomElement(using: &generator) ?? []
      : Array(String(Int.random(in: 0...70, using: &generator)).utf8)
  }
}

extension UInt64 {
  fileprivate var first: UInt8 { UInt8(truncatingIfNeeded: self) }
}
