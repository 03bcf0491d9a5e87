import Testing

@testable import Scheduling

@Suite struct PolicyTests {
  private var tickets = Tickets()

  @Test mutating func `shortest first, until waiting outweighs length`() {
    var policy = OrderedPolicy(.work(tokensPerSecond: 100))
    let long = tickets.profile(prompt: 500, answer: 100, at: .zero)
    let short = tickets.profile(prompt: 10, answer: 10, at: .seconds(1))
    let tooLate = tickets.profile(prompt: 10, answer: 10, at: .seconds(9))
    tickets.enqueue([long, short, tooLate], in: &policy)
    #expect(tickets.order(&policy, Tickets.capacity()) == [1, 0, 2])
  }

  @Test mutating func `urgent classes first, within a class by priority, and old ones in the end`()
  {
    var policy = OrderedPolicy(.urgency(ageing: .seconds(30)))
    let profiles = [
      tickets.profile(at: .zero, .batch),
      tickets.profile(at: .zero, .standard),
      tickets.profile(at: .seconds(1), .standard, priority: -5),
      tickets.profile(at: .seconds(2), .interactive),
      tickets.profile(at: .seconds(61), .interactive),
    ]
    tickets.enqueue(profiles, in: &policy)
    #expect(tickets.order(&policy, Tickets.capacity()) == [3, 2, 1, 0, 4])
  }

  @Test mutating func `a static batch is not joined while it runs`() {
    var policy = UELLMPolicy(former: .repository)
    tickets.enqueue((0..<12).map { _ in tickets.profile() }, in: &policy)
    #expect(
      tickets.order(&policy, Tickets.capacity()).count == 12,
      "an idle house takes batch by batch"
    )
    tickets.enqueue([tickets.profile()], in: &policy)
    let next = policy.next(Tickets.capacity(running: 1))
    #expect(next == nil)
  }

  @Test mutating func `the repository's batch has ten requests`() {
    var policy = UELLMPolicy(former: .repository)
    tickets.enqueue((0..<12).map { _ in tickets.profile() }, in: &policy)
    var count = 0
    while let ticket = policy.next(Tickets.capacity(running: count)) {
      policy.take(ticket.handle)
      count += 1
    }
    #expect(count == 10)
  }

  @Test mutating func `a bucket's batch goes before the next in line of another bucket`() {
    var policy = BucketServePolicy(maximumLength: 1024)
    // More than one batch holds, mostly short: the ladder splits at 512.
    let profiles = (0..<200).map { number in
      tickets.profile(prompt: number % 10 == 0 ? 1000 : 100, at: .milliseconds(number))
    }
    tickets.enqueue(profiles, in: &policy)
    let order = tickets.order(&policy, Tickets.capacity())
    #expect(policy.ladder.bucketCount == 1, "what is empty merges")
    #expect(order.first == 0)
    // The first is long, so the other long ones are taken with it before any short one.
    #expect(order.prefix(3) == [0, 10, 20])
    #expect(order.sorted() == (0..<200).map { UInt64($0) })
  }

  @Test mutating func `deferrable work goes shortest or longest first within its bucket`() {
    for (batchOrder, order) in [
      (BucketServePolicy.BatchOrder.shortestFirst, [2, 1, 0]), (.longestFirst, [0, 1, 2]),
    ] {
      var tickets = Tickets()
      var policy = BucketServePolicy(maximumLength: 1024, batchOrder: batchOrder)
      let profiles = [50, 40, 30].map { tickets.profile(prompt: $0, .batch) }
      tickets.enqueue(profiles, in: &policy)
      #expect(tickets.order(&policy, Tickets.capacity()) == order.map { UInt64($0) })
    }
  }
}

@Suite struct PlimsollPolicyTests {
  private var tickets = Tickets()

  @Test mutating func `the nearest promise goes first`() {
    var policy = PlimsollPolicy(maximumLength: 4096)
    let profiles = [
      tickets.profile(at: .zero, .standard),
      tickets.profile(at: .milliseconds(100), .batch),
      tickets.profile(at: .milliseconds(200), .interactive),
      tickets.profile(at: .milliseconds(9600), .interactive),
    ]
    tickets.enqueue(profiles, in: &policy)
    let order = tickets.order(&policy, Tickets.capacity(at: .milliseconds(300)))
    #expect(order == [2, 0, 3, 1])
  }

  @Test mutating func `who cannot be in time any more lets the others go first`() {
    var policy = PlimsollPolicy(maximumLength: 4096)
    let profiles = [
      tickets.profile(at: .zero, .interactive), tickets.profile(at: .seconds(1), .interactive),
    ]
    tickets.enqueue(profiles, in: &policy)
    #expect(tickets.order(&policy, Tickets.capacity(at: .milliseconds(1400))) == [1, 0])
  }

  @Test mutating func `nobody is seated whose decoding would make everyone late`() {
    let policy = PlimsollPolicy(maximumLength: 4096, stages: [.pacing])
    let ticket = Ticket(
      handle: 0,
      standing: Standing(key: 0, rank: 0),
      profile: tickets.profile(.interactive)
    )
    var capacity = Tickets.capacity()
    var seatedCount = 0
    while policy.hasRoom(for: ticket, capacity), seatedCount < 10_000 {
      capacity.add(ticket.profile, holding: 1)
      seatedCount += 1
    }
    let duration = capacity.costModel.duration(of: capacity.decodingLoad)
    #expect(duration > .milliseconds(33) && duration <= .milliseconds(35))
  }

  /// Whether a pacing policy seats one more beside twenty times what the target allows, all with 50 ms a token.
  private mutating func seatsOneMore(
    brownoutTarget: Duration?,
    runners: Quality = .adaptive,
    newcomer: Quality = .adaptive
  ) -> Bool {
    let policy = PlimsollPolicy(maximumLength: 4096, stages: [.pacing])
    var serviceClass = ServiceClass.interactive
    serviceClass.quality = runners
    var capacity = Tickets.capacity()
    capacity.brownoutTarget = brownoutTarget
    for _ in 0..<20_000 { capacity.add(tickets.profile(serviceClass), holding: 1) }
    serviceClass.quality = newcomer
    let profile = tickets.profile(serviceClass)
    return policy.hasRoom(
      for: Ticket(handle: 0, standing: Standing(key: 0, rank: 0), profile: profile),
      capacity
    )
  }

  @Test mutating func `nobody waits for a seat for the pace that brownout can keep yet`() {
    #expect(!seatsOneMore(brownoutTarget: nil))
    #expect(seatsOneMore(brownoutTarget: .milliseconds(50)))
    #expect(!seatsOneMore(brownoutTarget: .milliseconds(51)), "brownout would not see it missed")
    #expect(!seatsOneMore(brownoutTarget: .milliseconds(50), runners: .full))
    #expect(!seatsOneMore(brownoutTarget: .milliseconds(50), newcomer: .full))
  }

  @Test mutating func `a machine too slow for the target still serves several at a time`() {
    let policy = PlimsollPolicy(maximumLength: 4096, stages: [.pacing])
    let hurried = ServiceClass.promising(.microseconds(1))
    let ticket = Ticket(
      handle: 0,
      standing: Standing(key: 0, rank: 0),
      profile: tickets.profile(hurried)
    )
    var capacity = Tickets.capacity()
    capacity.add(ticket.profile, holding: 1)
    #expect(policy.hasRoom(for: ticket, capacity))
  }

  @Test mutating func `memory is promised with what the running ones will take yet`() {
    let policy = PlimsollPolicy(maximumLength: 4096, stages: [.memory])
    let ticket = Ticket(
      handle: 0,
      standing: Standing(key: 0, rank: 0),
      profile: tickets.profile(prompt: 1000, answer: 600)
    )
    var capacity = Tickets.capacity()
    var count = 0
    while policy.hasRoom(for: ticket, capacity) {
      capacity.freeBlockCount -= 63
      capacity.add(ticket.profile, holding: 63)
      count += 1
    }
    // 100 blocks each at the end; a tenth of what is free is kept back.
    #expect(count == 9)
  }

  @Test mutating func `a tenant that floods stands behind one that does not`() {
    var policy = PlimsollPolicy(maximumLength: 4096, stages: [.classes, .fairness])
    let others = [tickets.profile(tenant: 2)]
    let flood = (0..<20).map { _ in tickets.profile(prompt: 2000, answer: 500, tenant: 1) }
    let modest = [tickets.profile(at: .milliseconds(100), tenant: 2)]
    tickets.enqueue(others + flood + modest, in: &policy)
    let order = tickets.order(&policy, Tickets.capacity(at: .milliseconds(100)))
    // Of the flood only the first, which came when the tenant had asked for nothing.
    #expect(order.prefix(3) == [0, 1, 21])
  }

  @Test func `a stream ahead of its promise lends its time, one behind does not`() {
    let policy = PlimsollPolicy(maximumLength: 4096, stages: [.lending])
    func limit(at milliseconds: Int) -> Duration? {
      policy.stepLimit(
        DecodingPace(serviceClass: .interactive, start: .zero, generatedCount: 10),
        at: .milliseconds(milliseconds)
      )
    }
    #expect(limit(at: 600) == .milliseconds(50))
    #expect(limit(at: 400) == .milliseconds(100))
    #expect(limit(at: 100) == .milliseconds(150))
  }

  @Test func `steps aim below the promised time per token, as they vary`() {
    let pace = DecodingPace(serviceClass: .interactive, start: .zero, generatedCount: 10)
    func limit(_ stages: PlimsollPolicy.Stages) -> Duration? {
      PlimsollPolicy(maximumLength: 4096, stages: stages).stepLimit(pace, at: .seconds(9))
    }
    #expect(limit([.margin]) == .milliseconds(42.5))
    #expect(limit([]) == .milliseconds(50))
  }

  @Test mutating func `a step is short enough for those who may come during it`() {
    var policy = PlimsollPolicy(maximumLength: 4096, stages: [.classes, .haste])
    let capacity = Tickets.capacity()
    #expect(policy.stepLimit(capacity) == nil)
    tickets.enqueue([tickets.profile(.interactive), tickets.profile(.batch)], in: &policy)
    #expect(policy.stepLimit(capacity) == .milliseconds(125))
    // Once nobody has asked for so much for long, steps may be longer again.
    tickets.enqueue((0..<256).map { _ in tickets.profile(.standard) }, in: &policy)
    #expect(policy.stepLimit(capacity) == .seconds(2.5))
  }

  @Test mutating func `reading the weights is a quarter of a step at most`() {
    var policy = PlimsollPolicy(maximumLength: 4096, stages: [.classes, .haste])
    tickets.enqueue([tickets.profile(.interactive)], in: &policy)
    var capacity = Tickets.capacity()
    capacity.costModel = StepCostModel(
      perStep: .milliseconds(100),
      perRow: .milliseconds(1),
      perAttendedPosition: .zero
    )
    #expect(policy.stepLimit(capacity) == .milliseconds(400))
  }

  @Test mutating func `a first token hurries its step until it is late`() {
    let policy = PlimsollPolicy(maximumLength: 4096, stages: [.haste])
    let profile = tickets.profile(.interactive)
    #expect(policy.firstTokenLimit(profile, at: .milliseconds(100)) == .milliseconds(400))
    #expect(policy.firstTokenLimit(profile, at: .milliseconds(500)) == nil)
  }

  @Test mutating func `a prompt is late for certain when its share of the steps is too small`() {
    let long = tickets.profile(prompt: 2_000, .interactive)
    let short = tickets.profile(prompt: 100, at: .milliseconds(100), .interactive)
    func order(beside decoding: Int) -> [UInt64] {
      var policy = PlimsollPolicy(maximumLength: 8192, stages: [.classes, .triage])
      tickets.enqueue([long, short], in: &policy)
      var capacity = Tickets.capacity(at: .milliseconds(100))
      for _ in 0..<decoding {
        capacity.add(tickets.profile(prompt: 100, .interactive), holding: 7)
      }
      return tickets.order(&policy, capacity)
    }
    #expect(order(beside: 0) == [long.rank, short.rank])
    #expect(order(beside: 500) == [short.rank, long.rank])
  }
}
