/// Turns one sequence's tokens into text as they come, without ever splitting a character.
package protocol TextDecoding {
  /// The text that became certain with this token.
  mutating func append(_ id: Int32) -> String
  /// What was held back, when no more tokens come.
  mutating func finish() -> String
}
