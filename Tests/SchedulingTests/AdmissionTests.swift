import Testing

@testable import Scheduling

@Suite struct AdmissionTests {
  private func admission(requests: Int = 2, tokens: Int = 100) -> Admission {
    Admission(Admission.Limits(requestCount: requests, queuedPromptTokenCount: tokens))
  }

  private func reserve(
    _ tokens: Int,
    in admission: inout Admission,
    at now: Duration
  ) -> Admission.Refusal? {
    admission.reserve(promptTokenCount: tokens, at: now)
  }

  @Test func `places are given until the house is full, and again when one is free`() {
    var admission = admission()
    #expect(reserve(1, in: &admission, at: .zero) == nil)
    #expect(reserve(1, in: &admission, at: .zero) == nil)
    #expect(reserve(1, in: &admission, at: .zero)?.reason == .requests)
    admission.start(promptTokenCount: 1, serviceClass: nil)
    admission.release(at: .seconds(1))
    #expect(reserve(1, in: &admission, at: .seconds(1)) == nil)
  }

  @Test func `waiting prompt tokens are bounded, and started ones no longer count`() {
    var admission = admission(requests: 9)
    #expect(reserve(60, in: &admission, at: .zero) == nil)
    #expect(reserve(60, in: &admission, at: .zero)?.reason == .promptTokens)
    admission.start(promptTokenCount: 60, serviceClass: nil)
    #expect(reserve(60, in: &admission, at: .zero) == nil)
  }

  @Test func `a prompt above the token limit is let in when no other waits`() {
    var admission = admission()
    #expect(reserve(1000, in: &admission, at: .zero) == nil)
    #expect(reserve(.max, in: &admission, at: .zero)?.reason == .promptTokens)
  }

  @Test func `a closed house lets nobody in`() {
    var admission = admission()
    admission.close()
    #expect(reserve(1, in: &admission, at: .zero)?.reason == .draining)
  }

  @Test func `the wait it names follows the measured pace, and callers are spread over it`() {
    var admission = admission(requests: 1)
    var now = Duration.zero
    for _ in 0..<100 {
      #expect(reserve(1, in: &admission, at: now) == nil)
      now += .seconds(4)
      admission.start(promptTokenCount: 1, serviceClass: nil)
      admission.release(at: now)
      // An hour without work says nothing about the pace.
      now += .seconds(3600)
    }
    _ = admission.reserve(promptTokenCount: 1, at: now)
    let waits = (0..<3).map { _ in admission.reserve(promptTokenCount: 1, at: now)?.retryAfter }
    #expect(waits == [.seconds(4), .seconds(8), .seconds(12)])
    for _ in 0..<100 { _ = admission.reserve(promptTokenCount: 1, at: now) }
    #expect(reserve(1, in: &admission, at: now)?.retryAfter == .seconds(120))
  }

  private func promising(requests: Int = 100, rate: Double? = 1000) -> Admission {
    var admission = Admission(
      Admission.Limits(requestCount: requests, queuedPromptTokenCount: 1 << 20, rule: .promises)
    )
    admission.note(prefillRate: rate)
    return admission
  }

  private func refusal(
    _ tokens: Int,
    _ serviceClass: ServiceClass,
    _ admission: inout Admission
  ) -> Admission.Refusal? {
    if let refusal = admission.reserve(promptTokenCount: tokens, at: .zero) { return refusal }
    let refusal = admission.classify(promptTokenCount: tokens, as: serviceClass)
    if refusal != nil {
      admission.start(promptTokenCount: tokens, serviceClass: nil)
      admission.release(at: .zero)
    }
    return refusal
  }

  @Test func `a class takes as many prompt tokens as its first token can wait for`() {
    var admission = promising()
    // 1,000 tokens a second, of which later arrivals are expected to take a part, and half a second: 312 tokens.
    #expect(refusal(200, .interactive, &admission) == nil)
    #expect(refusal(200, .interactive, &admission)?.reason == .promise)
    #expect(refusal(112, .interactive, &admission) == nil)
    #expect(refusal(1000, .standard, &admission) == nil)
    let late = refusal(5_700, .standard, &admission)
    // 1,312 before it and its own 5,700 take 11.2 s, 1.2 s longer than promised.
    #expect(late == Admission.Refusal(reason: .promise, retryAfter: .seconds(2)))
  }

  @Test func `a prompt that proves shorter than estimated leaves room for the next`() {
    var admission = promising()
    #expect(refusal(300, .interactive, &admission) == nil)
    #expect(refusal(100, .interactive, &admission)?.reason == .promise)
    admission.recount(from: 300, to: 50, serviceClass: .interactive)
    #expect(admission.queuedPromptTokenCount == 50)
    #expect(refusal(100, .interactive, &admission) == nil)
    admission.start(promptTokenCount: 50, serviceClass: .interactive)
    #expect(admission.queuedPromptTokenCount == 100)
  }

  @Test func `those who give way do not count against a more urgent class`() {
    var admission = promising()
    #expect(refusal(30_000, .batch, &admission) == nil)
    #expect(refusal(300, .interactive, &admission) == nil)
  }

  @Test func `a long prompt that may wait does not count against a short one of its class`() {
    var patient = ServiceClass.interactive
    patient.longPromptPromises = [
      LongPromptPromise(promptCount: 1_000, timeToFirstToken: .seconds(4))
    ]
    var admission = promising()
    #expect(refusal(3_000, patient, &admission) == nil)
    #expect(refusal(300, patient, &admission) == nil)
    // The short one counts against the next long one.
    #expect(refusal(1_000, patient, &admission)?.reason == .promise)
    admission.start(promptTokenCount: 3_000, serviceClass: patient)
    #expect(refusal(1_000, patient, &admission) == nil)
    #expect(admission.queuedPromptTokenCount == 1_300)
  }

  @Test func `deferrable work gets half the places, so that it is refused first`() {
    var admission = promising(requests: 4, rate: nil)
    #expect(refusal(1, .batch, &admission) == nil)
    #expect(refusal(1, .batch, &admission) == nil)
    #expect(refusal(1, .batch, &admission)?.reason == .requests)
    #expect(refusal(1, .interactive, &admission) == nil)
    #expect(refusal(1, .standard, &admission) == nil)
    #expect(refusal(1, .interactive, &admission)?.reason == .requests)
  }

  @Test func `those turned away are counted, but not work that can wait`() {
    var admission = promising(requests: 4)
    for serviceClass in [ServiceClass.batch, .batch, .batch] {
      _ = refusal(10, serviceClass, &admission)
    }
    #expect(admission.turnedAwayCount == 0)
    #expect(refusal(300, .interactive, &admission) == nil)
    #expect(refusal(300, .interactive, &admission)?.reason == .promise)
    #expect(refusal(1, .standard, &admission) == nil)
    #expect(refusal(1, .standard, &admission)?.reason == .requests)
    #expect(admission.turnedAwayCount == 2)
    admission.close()
    #expect(refusal(1, .standard, &admission)?.reason == .draining)
    #expect(admission.turnedAwayCount == 2)
  }

  @Test func `without a measured rate nobody is judged by it`() {
    var admission = promising(rate: nil)
    for _ in 0..<50 { #expect(refusal(1000, .interactive, &admission) == nil) }
  }

  @Test func `everyone is let in where that is the rule`() {
    var admission = Admission(
      Admission.Limits(requestCount: 1, queuedPromptTokenCount: 1, rule: .everyone)
    )
    for _ in 0..<50 { #expect(refusal(1000, .batch, &admission) == nil) }
  }

  @Test func `the rate of prefill is that of steps with something to compute`() throws {
    var rate = PrefillRate()
    for _ in 0..<100 {
      rate.observe(tokenCount: 100, isBacklogged: true, duration: .milliseconds(50))
      rate.observe(tokenCount: 0, isBacklogged: true, duration: .milliseconds(50))
      rate.observe(tokenCount: 0, isBacklogged: false, duration: .seconds(1))
    }
    let tokensPerSecond = try #require(rate.tokensPerSecond)
    #expect((950...1050).contains(tokensPerSecond))
  }
}
