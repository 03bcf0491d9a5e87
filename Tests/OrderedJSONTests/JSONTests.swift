import Testing

@testable import OrderedJSON

@Suite struct JSONTests {
  @Test func `objects keep the order of their keys`() throws {
    let text = #"{"b":1,"a":{"z":[],"y":null},"c":"x"}"#
    #expect(try JSON(parsing: text).text == text)
  }

  @Test func `integers and other numbers are told apart`() throws {
    #expect(
      try JSON(parsing: "[7, -0, 1.5, 1e3, 12345678901234567890]") == [
        7, 0, 1.5, 1000.0, 12345678901234567890.0,
      ]
    )
  }

  @Test func `escapes and surrogate pairs become characters`() throws {
    #expect(try JSON(parsing: #""a\n\u00e9\ud83d\ude00\/""#) == "a\né😀/")
    #expect(try JSON(parsing: #""\ud83dx""#) == "\u{FFFD}x")
  }

  @Test(arguments: [
    "", "{", "[1,]", "[1 2]", #"{"a"}"#, #"{a:1}"#, "tru", "01", "1.", "-", "1e", "\"\u{1}\"",
    "\"abc",
    #""\x""#, "1 2", "1e999", "[1}", "nullx",
  ])
  func `malformed text is refused with its place`(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
  }

  @Test func `text nested too deeply is refused, not followed`() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(throws: JSONSyntaxError(reason: "nested deeper than 128 levels", offset: 128)) {
      try JSON(parsing: text)
    }
  }

  @Test func `keys that only look alike are different keys`() throws {
    let text = "{\"\u{212A}\":1,\"K\":2,\"\u{E9}\":3,\"e\u{301}\":4}"
    let object = try JSON(parsing: text)
    #expect(object.text == text)
    #expect(object["K"] == 2 && object["e\u{301}"] == 4)
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
  }

  @Test func `what is written reads back the same`() throws {
    let value: JSON = [
      "s": "\u{0}\u{1F}\"\\/é😀", "n": [0, -1, 0.1, 1e-300, true, .null], "o": [:],
    ]
    #expect(try JSON(parsing: value.serialized) == value)
  }
}
