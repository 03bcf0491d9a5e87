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
    admission.start(promptTokenCount: 1)
    admission.release(at: .seconds(1))
    #expect(reserve(1, in: &admission, at: .seconds(1)) == nil)
  }

  @Test func `waiting prompt tokens are bounded, and started ones no longer count`() {
    var admission = admission(requests: 9)
    #expect(reserve(60, in: &admission, at: .zero) == nil)
    #expect(reserve(60, in: &admission, at: .zero)?.reason == .promptTokens)
    admission.start(promptTokenCount: 60)
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
      admission.start(promptTokenCount: 1)
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
}
