package import OrderedJSON

/// The document's JSON Schema (draft 2020-12), for editors and for Kubernetes.
package enum ApplicationSchema {
  package static var json: JSON {
    var definitions = JSON.Object()
    for object in ApplicationShape.definitions { definitions[object.name] = schema(of: object) }
    return [
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "Plimsoll application",
      "$ref": .string(reference(ApplicationShape.root)),
      "$defs": .object(definitions),
    ]
  }

  private static func reference(_ name: String) -> String { "#/$defs/\(name)" }

  private static func schema(of object: ObjectShape) -> JSON {
    var properties = JSON.Object()
    for property in object.properties {
      properties[property.key] = described(schema(of: property.shape), property.meaning)
    }
    var schema: JSON.Object = [
      "type": "object",
      "description": .string(object.meaning),
      "properties": .object(properties),
    ]
    let required = object.properties.filter(\.isRequired).map { JSON.string($0.key) }
    if !required.isEmpty { schema["required"] = .array(required) }
    if !object.isOpen { schema["additionalProperties"] = false }
    if !object.exclusive.isEmpty {
      schema["not"] = ["required": .array(object.exclusive.map { .string($0) })]
    }
    return .object(schema)
  }

  private static func described(_ schema: JSON, _ meaning: String) -> JSON {
    guard case .object(var members) = schema else { return schema }
    members["description"] = .string(meaning)
    return .object(members)
  }

  private static func schema(of shape: Shape) -> JSON {
    switch shape {
    case .text(let rule): text(matching: rule.pattern)
    case .integer(let range):
      [
        "type": "integer", "minimum": .integer(range.lowerBound),
        "maximum": .integer(range.upperBound),
      ]
    case .number(let rule): schema(of: rule)
    case .quantity(let rule):
      rule.allowsNumber
        ? ["oneOf": [text(matching: rule.pattern), ["type": "number", "minimum": 0]]]
        : text(matching: rule.pattern)
    case .choice(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
    case .list(let element, let minimumCount):
      [
        "type": "array", "items": schema(of: element), "minItems": .integer(minimumCount),
      ]
    case .texts: ["type": "object", "additionalProperties": ["type": "string"]]
    case .object(let name): ["$ref": .string(reference(name))]
    case .variant(let names):
      ["oneOf": .array(names.map { ["$ref": .string(reference($0))] })]
    }
  }

  private static func text(matching pattern: String?) -> JSON {
    pattern.map { ["type": "string", "pattern": .string($0)] } ?? ["type": "string"]
  }

  private static func schema(of rule: NumberRule) -> JSON {
    var schema: JSON.Object = ["type": "number"]
    schema[rule.isMinimumExcluded ? "exclusiveMinimum" : "minimum"] = .number(rule.minimum)
    if let maximum = rule.maximum {
      schema[rule.isMaximumExcluded ? "exclusiveMaximum" : "maximum"] = .number(maximum)
    }
    return .object(schema)
  }
}
