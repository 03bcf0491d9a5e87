/// SVG under construction: elements with escaped attributes and text.
struct SVGText {
  private(set) var text = ""

  /// Writes an element without content.
  mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String>) {
    text += "<\(name)\(Self.joined(attributes))/>\n"
  }

  /// Writes an element around what `content` writes.
  mutating func element(
    _ name: String,
    _ attributes: KeyValuePairs<String, String>,
    _ content: (inout SVGText) -> Void
  ) {
    text += "<\(name)\(Self.joined(attributes))>\n"
    content(&self)
    text += "</\(name)>\n"
  }

  /// Writes an element that holds `words`.
  mutating func element(
    _ name: String,
    _ attributes: KeyValuePairs<String, String> = [:],
    words: String
  ) {
    text += "<\(name)\(Self.joined(attributes))>\(Self.escaped(words))</\(name)>\n"
  }

  /// A coordinate, to a twentieth of a pixel.
  static func number(_ value: Double) -> String {
    let rounded = (value * 20).rounded() / 20
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
  }

  private static func joined(_ attributes: KeyValuePairs<String, String>) -> String {
    attributes.map { " \($0)=\"\(escaped($1))\"" }.joined()
  }

  /// Characters that XML reserves become entities; control characters, which it forbids, become spaces.
  static func escaped(_ words: String) -> String {
    words.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): text += " "
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
