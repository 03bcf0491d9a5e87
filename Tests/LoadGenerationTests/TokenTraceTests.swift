import Randomness
import TestSupport
import Testing

@testable import LoadGeneration

@Suite struct TokenTraceTests {
  private let text = """
    TIMESTAMP,ContextTokens,GeneratedTokens
    2023-12-31 23:59:59.5000000,4808,10
    2024-01-01 00:00:00.2500000,3180,8
    2024-02-29 00:00:00,16,0

    """

  @Test func `lines may end as on Windows, as Azure's do`() throws {
    let trace = try TokenTrace(parsing: text.split(separator: "\n").joined(separator: "\r\n"))
    #expect(try trace == TokenTrace(parsing: text))
  }

  @Test func `times count from the first request, over midnight and the leap day`() throws {
    let trace = try TokenTrace(parsing: text)
    #expect(trace.rows.map(\.promptTokenCount) == [4_808, 3_180, 16])
    // An answer of no token is not an answer.
    #expect(trace.rows.map(\.outputTokenCount) == [10, 8, 1])
    #expect(trace.rows.map(\.arrival) == [.zero, .milliseconds(750), .seconds(59 * 86_400 + 0.5)])
  }

  @Test func `columns are found by name, in any order, with plain seconds`() throws {
    let trace = try TokenTrace(
      parsing: "GeneratedTokens,x,TIMESTAMP,ContextTokens\n5,a,12.5,7\n6,b,12,8\n"
    )
    #expect(
      trace.rows == [
        .init(arrival: .zero, promptTokenCount: 8, outputTokenCount: 6),
        .init(arrival: .seconds(0.5), promptTokenCount: 7, outputTokenCount: 5),
      ]
    )
  }

  @Test func `scaling keeps every request`() throws {
    let trace = try TokenTrace(parsing: text).scaled(time: 0.5, lengths: 0.125)
    #expect(trace.rows.map(\.promptTokenCount) == [601, 398, 2])
    #expect(trace.rows.map(\.outputTokenCount) == [1, 1, 1])
    #expect(trace.rows[1].arrival == .milliseconds(375))
  }

  @Test func `merged traces keep the order of time`() {
    let one = TokenTrace(rows: [
      .init(arrival: .seconds(5), promptTokenCount: 1, outputTokenCount: 1),
      .init(arrival: .seconds(7), promptTokenCount: 2, outputTokenCount: 1),
    ])
    let other = TokenTrace(rows: [
      .init(arrival: .seconds(100), promptTokenCount: 3, outputTokenCount: 1),
      .init(arrival: .seconds(101), promptTokenCount: 4, outputTokenCount: 1),
    ])
    #expect(one.merged(with: other).rows.map(\.promptTokenCount) == [1, 3, 4, 2])
    #expect(one.meanRate == 1)
  }

  @Test func `what is no trace is refused with its line`() {
    let head = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    for (text, error) in [
      ("", TraceError.missingColumn(name: "TIMESTAMP")), (head, .empty),
      ("TIMESTAMP,ContextTokens\n", .missingColumn(name: "GeneratedTokens")),
      (head + "1,2,3\nsoon,2,3", .notARow(line: 3, text: "soon,2,3")),
      (head + "1,2", .notARow(line: 2, text: "1,2")),
      (head + "1,-2,3", .notARow(line: 2, text: "1,-2,3")),
    ] {
      #expect(throws: error) { try TokenTrace(parsing: text) }
    }
  }

  @Test func `damaged traces are refused or read, never fatal`() {
    var random = SplitMix64(seed: 11)
    let mutator = ByteMutator()
    for _ in 0..<FuzzCases.count {
      let bytes = mutator.mutate(Array(text.utf8), using: &random)
      let damaged = String(decoding: bytes, as: UTF8.self)
      if let trace = try? TokenTrace(parsing: damaged) {
        #expect(trace.rows.allSatisfy { $0.arrival >= .zero && $0.outputTokenCount > 0 })
      }
      _ = try? RateProfile(parsing: damaged)
    }
  }
}
