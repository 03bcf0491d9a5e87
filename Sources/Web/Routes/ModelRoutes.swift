import Hummingbird
import OrderedJSON

/// The list of models, which has one entry.
struct ModelRoutes: Sendable {
  let state: ServingState

  func list(_ request: Request, _ context: WebRequestContext) throws -> Response {
    Response(["object": "list", "data": [describe(try state.model())]])
  }

  func one(_ request: Request, _ context: WebRequestContext) throws -> Response {
    let model = try state.model()
    let name = percentDecoded(context.parameters.getCatchAll().joined(separator: "/"))
    guard name == model.name else { throw APIFault.modelNotFound(String(name.prefix(200))) }
    return Response(describe(model))
  }

  /// Clients escape the slash in `organisation/model`; an escape that is none stays as it is.
  private func percentDecoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func describe(_ model: ServedModel) -> JSON {
    [
      "id": .string(model.name),
      "object": "model",
      "created": .integer(model.created),
      "owned_by": "plimsoll",
      "root": .string(model.root),
      "parent": .null,
      "max_model_len": .integer(model.generator.maximumModelLength),
    ]
  }
}
