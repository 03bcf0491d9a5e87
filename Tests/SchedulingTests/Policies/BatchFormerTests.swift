import Testing

@testable import Scheduling

@Suite struct BatchFormerTests {
  private var tickets = Tickets()

  private func count(
    _ former: BatchFormer,
    _ profile: Profile,
    _ capacity: Capacity = Tickets.capacity()
  ) -> Int {
    var batch = BatchFormer.Batch()
    while batch.count < 1000, former.admits(profile, to: batch, capacity) { batch.add(profile) }
    return batch.count
  }

  @Test mutating func `the published score bounds batches by promise and output together`() {
    // 10 s + 25.6 s and 256 tokens each: (35.6·2/10 + 2)/2 = 4.56 a member.
    let profile = tickets.profile(answer: 256)
    #expect(count(.paper, profile) == 8)
    let longer = tickets.profile(answer: 1024)
    #expect(count(.paper, longer) < count(.paper, profile))
  }

  @Test mutating func `the repository's threshold only binds for outputs far apart`() {
    var batch = BatchFormer.Batch()
    batch.add(tickets.profile(answer: 1))
    let far = tickets.profile(answer: 7000)
    #expect(!BatchFormer.repository.admits(far, to: batch, Tickets.capacity()))
    #expect(count(.repository, far) == 10)
  }

  @Test mutating func `ours stops before the first of the batch would be late`() {
    let profile = tickets.profile(prompt: 1000, .interactive)
    // A prompt of a thousand tokens takes 77 ms, and the first of them is due after 500 ms.
    #expect(count(.slack, profile) == 6)
    #expect(count(.slack, profile, Tickets.capacity(at: .milliseconds(300))) == 2)
    let patient = tickets.profile(prompt: 1000, .batch)
    #expect(count(.slack, patient) == 8, "the limit of work")
  }

  @Test mutating func `an empty batch takes anyone`() {
    let huge = tickets.profile(prompt: 100_000, answer: 100_000)
    for former in [BatchFormer.paper, .repository, .slack] { #expect(count(former, huge) >= 1) }
  }
}
