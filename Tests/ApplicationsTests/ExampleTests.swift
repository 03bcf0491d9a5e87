import Applications
import Foundation
import Testing

struct ExampleTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples")

  static let expected = [
    "online-boutique": 11, "social-network": 25, "hotel-reservation": 8, "train-ticket": 32,
    "chat": 6,
  ]

  @Test(arguments: expected.keys.sorted())
  func `an example is valid and every service of it is reached`(name: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: "\(name).yaml"), encoding: .utf8)
    #expect(Application.problems(in: text) == [])
    let application = try Application(parsing: text)
    #expect(application.name == name)
    #expect(application.services.count == Self.expected[name])
    #expect(try Application(parsing: application.yaml) == application)
  }

  @Test func `the mixes are those of the benchmarks`() throws {
    #expect(
      try shares("social-network") == ["home-timeline": 60, "user-timeline": 30, "compose": 10]
    )
    #expect(
      try shares("hotel-reservation")
        == ["search": 60, "recommend": 39, "login": 0.5, "reserve": 0.5]
    )
    #expect(
      try shares("online-boutique") == [
        "index": 1, "set-currency": 2, "browse": 10, "add-to-cart": 2, "view-cart": 3,
        "checkout": 1,
      ]
    )
  }

  private func shares(_ name: String) throws -> [String: Double] {
    let text = try String(contentsOf: Self.folder.appending(path: "\(name).yaml"), encoding: .utf8)
    return Dictionary(
      uniqueKeysWithValues: try Application(parsing: text).entryPoints.map {
        ($0.name.rawValue, $0.weight)
      }
    )
  }
}
