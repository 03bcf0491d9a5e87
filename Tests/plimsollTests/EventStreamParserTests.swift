import Testing

@testable import plimsoll

@Suite struct EventStreamParserTests {
  private static let stream =
    ": keep-alive\n\ndata: {\"a\":1}\n\nevent: x\ndata:two\r\ndata: lines\r\n\r\ndata: é😀\n\ndata: cut"
  private static let events = ["{\"a\":1}", "two\nlines", "é😀"]

  @Test func `events are the data between empty lines`() {
    var parser = EventStreamParser()
    #expect(parser.append(Self.stream.utf8) == Self.events)
  }

  @Test(arguments: 1...7)
  func `it does not matter how the bytes are cut`(length: Int) {
    var parser = EventStreamParser()
    var events: [String] = []
    var rest = Array(Self.stream.utf8)[...]
    while !rest.isEmpty {
      events += parser.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    #expect(events == Self.events)
  }
}
