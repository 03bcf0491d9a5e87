/// The `loop` variable of a `for`.
final class LoopState {
  let items: [Value]
  var index = 0
  private var lastChanged: [Value]?

  init(items: [Value]) { self.items = items }

  func attribute(_ name: String) -> Value? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(items.count - index)
    case "revindex0": .integer(items.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == items.count - 1)
    case "length": .integer(items.count)
    // Jinja counts the depth of recursive loops, not of nested ones.
    case "depth": .integer(1)
    case "depth0": .integer(0)
    case "previtem":
      index > 0 ? items[index - 1] : .undefined(reason: "there is no previous item")
    case "nextitem":
      index + 1 < items.count ? items[index + 1] : .undefined(reason: "there is no next item")
    case "cycle": .function(Function(name) { (_, values) throws(Fault) in try self.cycle(values) })
    case "changed":
      .function(Function(name) { (_, values) throws(Fault) in .bool(self.hasChanged(values)) })
    default: nil
    }
  }

  private func cycle(_ arguments: Arguments) throws(Fault) -> Value {
    let values = arguments.positional
    guard !values.isEmpty else { throw .failure("no items for cycling given") }
    return values[index % values.count]
  }

  private func hasChanged(_ arguments: Arguments) -> Bool {
    defer { lastChanged = arguments.positional }
    return lastChanged != arguments.positional
  }
}
