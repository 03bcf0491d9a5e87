import OrderedCollections
import OrderedJSON

extension BytePairModel {
  private static let keys: Set<String> = [
    "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
    "byte_fallback", "ignore_merges", "vocab", "merges",
  ]

  /// A tokenizer.json `model`.
  init(_ field: TokenizerField) throws(TokenizerError) {
    if let type = field.optional("type") {
      guard try type.string() == "BPE" else { throw type.unsupported(try type.string()) }
    }
    try field.allowOnly(Self.keys)
    try Self.refuseUnsupportedOptions(field)
    let vocabulary = try Self.vocabulary(try field.required("vocab"))
    self.init(
      vocabulary: vocabulary,
      merges: try Self.merges(try field.required("merges"), vocabulary: vocabulary),
      unknownToken: try Self.unknownToken(field, vocabulary: vocabulary),
      fusesUnknown: try field.bool("fuse_unk", default: false),
      byteTokens: try field.bool("byte_fallback", default: false)
        ? Self.byteTokens(vocabulary) : nil,
      ignoresMerges: try field.bool("ignore_merges", default: false)
    )
  }

  /// Dropout makes encoding random; affixes belong to families that Plimsoll does not serve.
  private static func refuseUnsupportedOptions(_ field: TokenizerField) throws(TokenizerError) {
    if let dropout = field.optional("dropout"), dropout.value.doubleValue != 0 {
      throw .unsupported(key: dropout.path, value: "set (random merges)")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = field.optional(key), try !affix.string().isEmpty {
        throw affix.unsupported(try affix.string())
      }
    }
  }

  private static func vocabulary(_ field: TokenizerField) throws(TokenizerError) -> TokenTable {
    guard case .object(let members) = field.value else { throw field.wrongType("an object") }
    var table = TokenTable(capacity: members.count)
    for (token, id) in members {
      guard let id = id.integerValue, id >= 0, id <= Int32.max else {
        throw .invalid(key: "\(field.path).\(token)", reason: "must be an id of 31 bits")
      }
      table.insert(Array(token.utf8), id: Int32(id))
    }
    return table
  }

  private static func merges(
    _ field: TokenizerField,
    vocabulary: TokenTable
  ) throws(TokenizerError) -> MergeTable {
    guard case .array(let elements) = field.value else { throw field.wrongType("an array") }
    var table = MergeTable(capacity: elements.count)
    var rank: Int32 = 0
    for (index, element) in elements.enumerated() {
      if let line = element.stringValue, line.hasPrefix("#version") { continue }
      guard let (left, right) = pair(element) else {
        throw .invalid(key: "\(field.path)[\(index)]", reason: "must be two tokens")
      }
      guard let leftID = vocabulary.id(of: left), let rightID = vocabulary.id(of: right),
        let joinedID = vocabulary.id(of: left + right)
      else {
        throw .invalid(
          key: "\(field.path)[\(index)]",
          reason:
            "joins '\(text(left))' and '\(text(right))', not all of which are in the vocabulary"
        )
      }
      table.insert(leftID, rightID, .init(rank: rank, token: joinedID))
      rank += 1
    }
    return table
  }

  /// The two tokens of a merge written as `"a b"` or as `["a", "b"]`.
  private static func pair(_ merge: JSON) -> ([UInt8], [UInt8])? {
    switch merge {
    case .string(let line):
      let parts = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      return parts.count == 2 ? (Array(parts[0]), Array(parts[1])) : nil
    case .array(let parts):
      guard parts.count == 2, let left = parts[0].stringValue, let right = parts[1].stringValue
      else { return nil }
      return (Array(left.utf8), Array(right.utf8))
    default: return nil
    }
  }

  private static func unknownToken(
    _ field: TokenizerField,
    vocabulary: TokenTable
  ) throws(TokenizerError) -> Int32? {
    guard let unknown = field.optional("unk_token") else { return nil }
    guard let id = vocabulary.id(of: Array(try unknown.string().utf8)) else {
      throw .invalid(key: unknown.path, reason: "is not in the vocabulary")
    }
    return id
  }

  private static func byteTokens(_ vocabulary: TokenTable) -> [Int32?] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.id(of: Array("<0x\(digits.count < 2 ? "0" : "")\(digits)>".utf8))
    }
  }

  private static func text(_ token: [UInt8]) -> String { String(decoding: token, as: UTF8.self) }
}
