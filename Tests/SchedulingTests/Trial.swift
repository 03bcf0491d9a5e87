import Randomness

@testable import Scheduling

/// Random arrivals, lengths, classes, sharing, deadlines and cancellations on a pool that is far too small.
struct Trial {
  var random: SplitMix64
  var house: House
  private(set) var accepted: Set<SequenceID> = []
  private var nextID: UInt64 = 0

  init(seed: UInt64, contender: Contender = .reference) {
    random = SplitMix64(seed: seed)
    let seats = Int.random(in: 1...6, using: &random)
    let minimumChunk = Int.random(in: 1...4, using: &random)
    let configuration = Scheduler.Configuration(
      blockCount: Int.random(in: 4...24, using: &random),
      blockLength: Int.random(in: 1...5, using: &random),
      maximumRunningCount: seats,
      maximumRowCount: seats + minimumChunk + Int.random(in: 0...20, using: &random),
      minimumChunk: minimumChunk
    )
    house = House(configuration, contender)
  }

  mutating func arrive(deadlines: Bool) {
    let answer = Int.random(in: 1...15, using: &random)
    let request = Request(
      id: RequestID(rawValue: nextID),
      prompt: randomPrompt(),
      choiceCount: Int.random(in: 1...3, using: &random),
      maximumNewTokenCount: answer,
      arrival: house.now,
      serviceClass: randomClass(),
      priority: Int.random(in: -2...2, using: &random),
      tenant: TenantID(rawValue: UInt64.random(in: 0...2, using: &random)),
      deadline: deadlines && Int.random(in: 0..<4, using: &random) == 0
        ? house.now + .milliseconds(Int.random(in: 0...200, using: &random)) : nil,
      cacheSalt: UInt64.random(in: 0...1, using: &random),
      trueNewTokenCount: answer
    )
    nextID += 1
    if house.add(request) == nil {
      accepted.formUnion(
        (0..<request.choiceCount).map { SequenceID(request: request.id, choice: $0) }
      )
    }
  }

  /// Promises of the order of a few steps, so that some are kept and some are not.
  private mutating func randomClass() -> ServiceClass {
    let urgency = Int.random(in: 0...2, using: &random)
    return ServiceClass(
      name: "class \(urgency)",
      timeToFirstToken: .milliseconds(10 * (urgency + 1)),
      timePerOutputToken: Bool.random(using: &random)
        ? .milliseconds(Int.random(in: 1...40, using: &random)) : nil,
      weight: Double(3 - urgency),
      isDeferrable: urgency == 2,
      urgency: urgency
    )
  }

  /// Often the beginning of one story, so that long prefixes are shared while they are being computed.
  private mutating func randomPrompt() -> [Int32] {
    let story = (0..<20).map { Int32($0 * $0 % 3) }
    let tail = (0..<Int.random(in: 1...8, using: &random)).map { _ in
      Int32.random(in: 0...1, using: &random)
    }
    return story.prefix(Int.random(in: 0...12, using: &random)) + tail
  }

  mutating func drain(within limit: Int) -> Bool {
    for _ in 0..<limit where !house.scheduler.isIdle { house.step() }
    return house.scheduler.isIdle
  }
}
