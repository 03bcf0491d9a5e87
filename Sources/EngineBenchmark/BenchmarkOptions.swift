import Tensors

/// What the command line says: `EngineBenchmark [MODEL] [--weights int8] [--threads 2] …`.
struct BenchmarkOptions: Sendable {
  /// A Hugging Face folder; nil where only the machine or the formats are measured.
  var model: String?
  var weights = WeightFormat.int8
  var threadCount = 2
  /// Sequences that are worked on together at most.
  var seats = 32
  /// Tokens that the KV cache holds.
  var cacheTokens = 16_384
  /// Rows of a step at most.
  var stepRows = 512
  /// Whether packed weights are kept beside the model.
  var isCaching = false

  /// A command line that makes no sense.
  enum Mistake: Error, CustomStringConvertible {
    case unknownOption(String)
    case badValue(option: String, value: String?)

    var description: String {
      switch self {
      case .unknownOption(let name):
        "\(name) is no option; there are --weights, --threads, --seats, --cache-tokens, --step-rows,"
          + " --cache-weights"
      case .badValue(let option, let value):
        "\(option) does not take \(value.map { "\"\($0)\"" } ?? "nothing")"
      }
    }
  }

  init(_ arguments: some Sequence<String>) throws(Mistake) {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--weights": weights = try Self.value(of: argument, &rest, WeightFormat.init)
      case "--threads": threadCount = try Self.value(of: argument, &rest, Self.positive)
      case "--seats": seats = try Self.value(of: argument, &rest, Self.positive)
      case "--cache-tokens": cacheTokens = try Self.value(of: argument, &rest, Self.positive)
      case "--step-rows": stepRows = try Self.value(of: argument, &rest, Self.positive)
      case "--cache-weights": isCaching = true
      case _ where argument.hasPrefix("-"): throw .unknownOption(argument)
      default: model = argument
      }
    }
  }

  private static func positive(_ text: String) -> Int? {
    Int(text).flatMap { $0 > 0 ? $0 : nil }
  }

  private static func value<Value>(
    of option: String,
    _ rest: inout ArraySlice<String>,
    _ parse: (String) -> Value?
  ) throws(Mistake) -> Value {
    let text = rest.popFirst()
    guard let value = text.flatMap(parse) else { throw .badValue(option: option, value: text) }
    return value
  }
}
