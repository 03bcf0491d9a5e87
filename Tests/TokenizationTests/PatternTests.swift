import Testing

@testable import Tokenization

@Suite struct PatternTests {
  private func matches(_ expression: String, _ text: String) throws -> [String] {
    let pattern = try Pattern(expression)
    let bytes = Array(text.utf8)
    var matches: [String] = []
    pattern.forEachMatch(in: bytes, 0..<bytes.count) { range in
      matches.append(String(decoding: bytes[range], as: UTF8.self))
    }
    return matches
  }

  @Test(arguments: [
    ("a|ab", "ab", ["a"]),
    ("a*b", "aaab b", ["aaab", "b"]),
    ("a*?b", "aab", ["aab"]),
    ("a+?", "aa", ["a", "a"]),
    ("a++a|a", "aaa", ["a", "a", "a"]),
    ("(?>a|ab)c", "abc", []),
    ("(?:ab)+", "ababa", ["abab"]),
    ("(?:ab){2}", "ababab", ["abab"]),
    ("a{1,2}+", "aaaab", ["aaaa"]),
    ("a{,2}b", "aaab", ["aab"]),
    (#"\s+(?!\S)"#, "a   b  ", ["  ", "  "]),
    ("a(?=b)", "abaa", ["a"]),
    ("(?i:'s|K)", "'S'ſk\u{212A}", ["'S", "'ſ", "k", "\u{212A}"]),
    ("(?i)[a-z]+", "aZ é", ["aZ"]),
    (#"[^\s\p{L}]+"#, "ab12 ¼!", ["12", "¼!"]),
    (#"[\p{Lu}\p{Lt}]"#, "aǅÉ", ["ǅ", "É"]),
    (#"[^(\s|[.,!])]+"#, "a.b (c", ["a", "b", "c"]),
    (#"\p{^L}"#, "a1", ["1"]),
    (#"\P{L}"#, "a1", ["1"]),
    (#"[一-龥]+"#, "a中文b", ["中文"]),
    (#"\x41|\x{1F600}|\u00e9"#, "A😀é", ["A", "😀", "é"]),
    ("^a|b$", "ab\nab\n", ["a", "b", "a", "b"]),
    (#"\Aa|b\z"#, "ab\nab", ["a", "b"]),
    (".", "a\né", ["a", "é"]),
    ("x*", "axb", ["", "x", ""]),
  ])
  func `a pattern finds what Oniguruma finds`(
    expression: String,
    text: String,
    expected: [String]
  ) throws {
    #expect(try matches(expression, text) == expected)
  }

  @Test(arguments: [
    "(", ")", "a)", "[a", "[]", "*", "a{2}{,}", "[b-a]", #"\1"#, #"\b"#, #"\p{Han}"#, #"\pL"#,
    "(?<=a)b", "(?<n>a)", "(a+)+", "(a*)*", "(?:a|b*)+", "((a{1000}b){1000}c){1000}", "a{2,1}",
    "a{1001}",
    "[[:alpha:]]", "[a&&b]", "a(?i)b", "a{2,3}+", "a{1,2}?", #"\xFF"#, "(?:ab)*?", "\\",
    "a" + String(repeating: "?", count: 10_000), String(repeating: "(", count: 1000),
    String(repeating: "[", count: 1000),
  ])
  func `what is outside the supported syntax is refused`(expression: String) {
    #expect(throws: PatternSyntaxError.self) { try Pattern(expression) }
  }

  @Test func `a hostile pattern ends instead of hanging`() throws {
    let pattern = try Pattern("a*a*a*a*a*a*b")
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: 300)
    var count = 0
    pattern.forEachMatch(in: text, 0..<text.count) { _ in count += 1 }
    #expect(count == 0)
  }
}
