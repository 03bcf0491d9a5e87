import Randomness
import Testing

@testable import LoadGeneration

@Suite struct MeasurementTests {
  private func request(at arrival: Duration = .seconds(10), classIndex: Int = 0) -> PlannedRequest {
    PlannedRequest(
      index: 0,
      arrival: arrival,
      classIndex: classIndex,
      promptTokenCount: 8,
      outputTokenCount: 4
    )
  }

  /// Due at 10 s, sent at 10.1 s; pieces at 10.3, 10.35, 10.45 and 10.6 s, the end at 10.61 s.
  private var record: RequestRecord {
    var timing = StreamTiming()
    for milliseconds in [10_300, 10_350, 10_450, 10_600] {
      timing.note(at: .milliseconds(milliseconds))
    }
    timing.note(at: .milliseconds(10_610), onlyEnds: true)
    return RequestRecord(request(), .completed, timing: timing, sent: .milliseconds(10_100))
  }

  @Test func `every metric is measured from the intended start`() {
    #expect(record.timeToFirstToken == .milliseconds(300))
    #expect(record.endToEnd == .milliseconds(610))
    #expect(record.outputTokenCount == 4)
    // (610 - 300) / 3
    #expect(record.timePerOutputToken == .milliseconds(310) / 3)
    #expect(record.timing.gaps == [.milliseconds(50), .milliseconds(100), .milliseconds(150)])
  }

  @Test func `tokens are counted by the server where it counts them`() {
    var record = record
    record.outputTokenCount = 11
    #expect(record.timePerOutputToken == .milliseconds(31))
  }

  @Test func `one token has no time per token and keeps any such promise`() {
    var timing = StreamTiming()
    timing.note(at: .milliseconds(10_500))
    let record = RequestRecord(request(), .completed, timing: timing, sent: .seconds(10))
    #expect(record.timePerOutputToken == nil)
    #expect(record.isGood(Objectives(timePerOutputToken: .nanoseconds(1))))
  }

  @Test func `good means within every objective, bounds included`() {
    #expect(record.isGood(Objectives()))
    #expect(record.isGood(Objectives(timeToFirstToken: .milliseconds(300))))
    #expect(!record.isGood(Objectives(timeToFirstToken: .milliseconds(299))))
    #expect(!record.isGood(Objectives(timePerOutputToken: .milliseconds(103))))
    #expect(record.isGood(Objectives(timePerOutputToken: .milliseconds(104))))
    #expect(!record.isGood(Objectives(timeToFirstToken: .seconds(1), endToEnd: .milliseconds(609))))
    var failed = record
    failed.ending = .failed(reason: "cut off")
    #expect(!failed.isGood(Objectives()))
  }

  @Test func `refused and failed requests stay in the denominator`() throws {
    let classes = [
      ServiceClass(name: "a", objectives: Objectives(timeToFirstToken: .milliseconds(300))),
      ServiceClass(name: "b", objectives: Objectives(timeToFirstToken: .milliseconds(200))),
    ]
    var inB = record
    inB.request.classIndex = 1
    let records = [
      record, inB,
      RequestRecord(request(), .rejected(status: 429), sent: .seconds(10)),
      RequestRecord(request(), .failed(reason: "x"), sent: .seconds(10)),
      RequestRecord(request(), .unfinished, sent: .seconds(10)),
    ]
    let summary = RunSummary(
      records,
      classes: classes,
      elapsed: .seconds(20),
      processorTime: .seconds(1)
    )
    #expect(summary.perClass.map(\.goodCount) == [1, 0])
    #expect(summary.perClass[0].attainment == 1.0 / 3)
    #expect(summary.total.attainment == 0.25)
    #expect(summary.total.offeredCount == 5)
    #expect(summary.goodput(summary.total) == 0.05)
    #expect(summary.rate(summary.total.outputTokenCount) == 0.4)
    #expect(summary.seconds[10].offeredCount == 5)
    #expect(summary.seconds[10].outputTokenCount == 8)
    #expect(summary.client.share == 0.05 && !summary.client.isVoid)
    #expect(summary.client.lateness.maximum == .milliseconds(100))
  }

  @Test func `a client that takes more of a core than allowed voids its run`() {
    let summary = RunSummary(
      [],
      classes: [],
      elapsed: .seconds(10),
      processorTime: .milliseconds(1_501)
    )
    #expect(summary.client.isVoid)
  }

  @Test(arguments: 0..<10)
  func `quantiles are within a thousandth of the exact ones`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var histogram = LatencyHistogram()
    var other = LatencyHistogram()
    var values: [Double] = []
    for index in 0..<5_000 {
      // Spread over six decades of microseconds.
      let exponent = Int.random(in: 1...6, using: &random)
      let value = Int.random(
        in: 1...(0..<exponent).reduce(1) { power, _ in power * 10 },
        using: &random
      )
      values.append(Double(value))
      if index.isMultiple(of: 2) {
        histogram.record(.microseconds(value))
      } else {
        other.record(.microseconds(value))
      }
    }
    histogram.merge(other)
    values.sort()
    for quantile in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
      let exact = values[Int((quantile * 5_000).rounded(.up)) - 1]
      let measured = try #require(histogram.quantile(quantile)) / .microseconds(1)
      #expect(
        abs(measured / exact - 1) <= 0.001,
        "seed \(seed), \(quantile): \(measured), \(exact)"
      )
    }
    #expect(histogram.count == 5_000)
    #expect(histogram.maximum == .microseconds(Int64(values[4_999])))
    let mean = try #require(histogram.mean) / .microseconds(1)
    #expect(abs(mean - values.reduce(0, +) / 5_000) < 0.01)
    #expect(histogram.cumulative.last?.share == 1)
  }

  @Test func `an empty histogram has no figures`() {
    let histogram = LatencyHistogram()
    #expect(histogram.quantile(0.5) == nil && histogram.mean == nil && histogram.count == 0)
    #expect(histogram.cumulative.isEmpty)
  }

  @Test func `a stalled server cannot hide behind requests that were sent late`() throws {
    // 100 requests are due 10 ms apart; the client is stuck for a second, then each takes 1 ms.
    var summary = HTTPLoadSummary()
    for index in 0..<100 {
      let intended = Duration.milliseconds(index * 10)
      let sent = max(intended, .milliseconds(1_000 + index))
      summary.add(
        .answered(status: 200),
        intended: intended,
        sent: sent,
        end: sent + .milliseconds(1)
      )
    }
    #expect(summary.serviceTime.quantile(0.99) == .milliseconds(1))
    let median = try #require(summary.latency.quantile(0.5)) / .milliseconds(1)
    // The 50th smallest of 1001 - 9 i.
    #expect(abs(median - 551) < 1)
    #expect(summary.lateness.maximum == .seconds(1))
  }

  @Test func `errors count as offered, and only successes have a latency`() {
    var summary = HTTPLoadSummary()
    let endings: [HTTPLoadSummary.Ending] = [
      .answered(status: 200), .answered(status: 503), .failed(reason: "refused"), .timedOut,
      .unfinished,
    ]
    for ending in endings {
      summary.add(ending, intended: .seconds(2), sent: .seconds(2), end: .seconds(3))
    }
    #expect(summary.offeredCount == 5)
    #expect(summary.successCount == 1 && summary.failureCount == 3)
    #expect(summary.latency.count == 1)
    #expect(summary.seconds.map(\.offeredCount) == [0, 0, 5])
    #expect(summary.seconds[2].successCount == 1)
  }
}
