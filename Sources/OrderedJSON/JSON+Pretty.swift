extension JSON {
  /// This value as JSON text for people: two spaces a level, one member a line, a line break at the end.
  package var prettyText: String {
    var text = ""
    append(to: &text, indent: "")
    return text + "\n"
  }

  private func append(to output: inout String, indent: String) {
    switch self {
    case .array(let elements) where !elements.isEmpty:
      let inner = indent + "  "
      let lines = elements.map { element in
        var line = inner
        element.append(to: &line, indent: inner)
        return line
      }
      output += "[\n" + lines.joined(separator: ",\n") + "\n" + indent + "]"
    case .object(let members) where !members.isEmpty:
      let inner = indent + "  "
      let lines = members.map { key, value in
        var line = inner + JSON.string(key).text + ": "
        value.append(to: &line, indent: inner)
        return line
      }
      output += "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
    default: output += text
    }
  }
}
