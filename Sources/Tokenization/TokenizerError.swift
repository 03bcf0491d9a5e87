/// Why a tokenizer.json cannot be used; each case names the key by its path (`model.merges[7]`).
package enum TokenizerError: Error, Hashable, CustomStringConvertible {
  /// A key that must be there is missing.
  case missing(key: String)
  /// A value has the wrong JSON type.
  case wrongType(key: String, expected: String, found: String)
  /// A `type`, or another value with a fixed set of meanings, that Plimsoll does not know or
  /// implement.
  case unsupported(key: String, value: String)
  /// A key that Plimsoll does not know, so ignoring it could change the tokens.
  case unknownKey(key: String)
  /// A value that contradicts another one or the format, and what is wrong with it.
  case invalid(key: String, reason: String)
  /// A regular expression that cannot be compiled.
  case pattern(key: String, error: PatternSyntaxError)

  package var description: String {
    switch self {
    case .missing(let key): "tokenizer.json: '\(key)' is missing"
    case .wrongType(let key, let expected, let found):
      "tokenizer.json: '\(key)' must be \(expected), but is \(found)"
    case .unsupported(let key, let value):
      "tokenizer.json: '\(key)' is \(value), which is not supported"
    case .unknownKey(let key): "tokenizer.json: the key '\(key)' is not known"
    case .invalid(let key, let reason): "tokenizer.json: '\(key)' \(reason)"
    case .pattern(let key, let error):
      "tokenizer.json: the regular expression in '\(key)' is not supported: \(error)"
    }
  }
}
