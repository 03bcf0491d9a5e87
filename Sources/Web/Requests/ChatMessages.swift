import OrderedJSON

/// Chat messages as a chat template wants them: objects whose `content` is text.
enum ChatMessages {
  private static let roles = ["system", "developer", "user", "assistant"]

  /// Checks `messages` and joins text parts with newlines, as templates for text models expect.
  static func parse(_ messages: [JSON]) throws(APIFault) -> [JSON] {
    guard !messages.isEmpty else {
      throw .invalidField("messages", problem: "must not be an empty array")
    }
    return try messages.enumerated().map { (index, message) throws(APIFault) in
      try parse(message, name: "messages[\(index)]")
    }
  }

  private static func parse(_ message: JSON, name: String) throws(APIFault) -> JSON {
    guard var members = message.objectValue else {
      throw .wrongKind(name, expected: "an object", found: message)
    }
    members["role"] = .string(try role(of: message, name: name))
    for field in ["tool_calls", "function_call", "audio", "tool_call_id"] {
      guard let value = members[field], !value.isNull, value.arrayValue?.isEmpty != true else {
        members[field] = nil
        continue
      }
      throw .unsupportedField("\(name).\(field)", reason: "is not supported by this server")
    }
    guard let content = members["content"], !content.isNull else {
      throw .missingField("\(name).content")
    }
    members["content"] = .string(try text(of: content, name: "\(name).content"))
    return .object(members)
  }

  private static func role(of message: JSON, name: String) throws(APIFault) -> String {
    guard let value = message["role"], !value.isNull else { throw .missingField("\(name).role") }
    guard let role = value.stringValue else {
      throw .wrongKind("\(name).role", expected: "a string", found: value)
    }
    if role == "tool" || role == "function" {
      throw .unsupportedField("\(name).role", reason: "'\(role)' is not supported by this server")
    }
    guard roles.contains(role) else {
      throw .invalidField(
        "\(name).role",
        problem: "must be one of \(roles.joined(separator: ", ")), but is '\(role.prefix(40))'"
      )
    }
    // OpenAI's newer name; the templates of open models know the older one.
    return role == "developer" ? "system" : role
  }

  private static func text(of content: JSON, name: String) throws(APIFault) -> String {
    if let text = content.stringValue { return text }
    guard let parts = content.arrayValue else {
      throw .wrongKind(name, expected: "a string or an array of content parts", found: content)
    }
    let texts = try parts.enumerated().map { (index, part) throws(APIFault) in
      try self.text(ofPart: part, name: "\(name)[\(index)]")
    }
    return texts.joined(separator: "\n")
  }

  private static func text(ofPart part: JSON, name: String) throws(APIFault) -> String {
    if let text = part.stringValue { return text }
    guard part.objectValue != nil else {
      throw .wrongKind(name, expected: "a content part", found: part)
    }
    guard let type = part["type"]?.stringValue else { throw .missingField("\(name).type") }
    guard type == "text" else {
      throw .unsupportedField(
        "\(name).type",
        reason: "'\(type.prefix(40))' is not supported: this model reads text only"
      )
    }
    guard let text = part["text"] else { throw .missingField("\(name).text") }
    guard let string = text.stringValue else {
      throw .wrongKind("\(name).text", expected: "a string", found: text)
    }
    return string
  }
}
