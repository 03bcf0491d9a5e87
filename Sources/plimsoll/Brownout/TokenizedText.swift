import FoundationEssentials
import Tokenization

/// A text file as tokens, read whole or sampled evenly.
struct TokenizedText {
  let path: String
  private let bytes: [UInt8]

  init(path: String) throws(CommandFailure) {
    self.path = path
    do {
      bytes = Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .unreadableFile(path: path, reason: "is it there, and may you read it?")
    }
  }

  /// Names the text in a record of where something comes from: file name, size, and FNV-1a of its bytes.
  var provenance: String { TextFile.provenance(of: bytes, at: path) }

  /// About `tokenCount` tokens in windows of `length`, taken from places evenly spread over the text.
  func sample(_ tokenizer: Tokenizer, tokenCount: Int, length: Int) -> [[Int32]] {
    // Eight bytes hold more than a token nearly everywhere.
    let reach = 8 * length
    let count = max(min((tokenCount + length - 1) / length, bytes.count / reach), 1)
    return (0..<count).map { index in
      let start = index * (bytes.count / count)
      let piece = String(decoding: bytes[start..<min(start + reach, bytes.count)], as: UTF8.self)
      return Array(tokenizer.encode(piece, addSpecialTokens: false).prefix(length))
    }
  }

  /// The whole text, cut where one of the tokens `endings` stands, which begins the next part.
  func documents(_ tokenizer: Tokenizer, endings: [Int32]) -> [[Int32]] {
    let tokens = tokenizer.encode(String(decoding: bytes, as: UTF8.self), addSpecialTokens: false)
    var documents: [[Int32]] = [[]]
    for token in tokens {
      if endings.contains(token), documents[documents.count - 1].count > 1 { documents.append([]) }
      documents[documents.count - 1].append(token)
    }
    return documents
  }
}
