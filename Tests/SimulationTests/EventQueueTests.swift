import Randomness
import Testing

@testable import Simulation

@Suite struct EventQueueTests {
  @Test func `events come out by time, and in the order of scheduling at one moment`() {
    var generator = SplitMix64(seed: 7)
    var queue = EventQueue()
    var expected: [(time: Int64, number: Int)] = []
    for number in 0..<2000 {
      let time = Int64.random(in: 0..<300, using: &generator)
      queue.schedule(.answer, Reference(number), at: VirtualTime(nanoseconds: time))
      expected.append((time, number))
    }
    expected.sort { $0.time == $1.time ? $0.number < $1.number : $0.time < $1.time }
    for (time, number) in expected {
      let event = queue.popFirst(through: .never)
      #expect(event?.time.nanoseconds == time)
      #expect(event?.subject.place == number)
    }
    #expect(queue.popFirst(through: .never) == nil)
  }

  @Test func `what is after the end stays`() {
    var queue = EventQueue()
    queue.schedule(.arrival, Reference(0), at: VirtualTime(nanoseconds: 5))
    #expect(queue.popFirst(through: VirtualTime(nanoseconds: 4)) == nil)
    #expect(queue.popFirst(through: VirtualTime(nanoseconds: 5))?.kind == .arrival)
  }

  @Test func `a record's place is used again and its old reference is dead`() {
    var pool = Pool<Frame>()
    let frame = Frame(
      random: RandomStream(key: 1),
      span: .none,
      parent: .none,
      next: 0,
      end: 0,
      isParallel: false
    )
    let first = pool.insert(frame)
    pool.remove(first)
    let second = pool.insert(frame)
    #expect(second.place == first.place)
    #expect(!pool.isLive(first))
    #expect(pool.isLive(second))
    #expect(pool.capacity == 1)
    #expect(pool.live.map(\.reference) == [second])
  }
}
