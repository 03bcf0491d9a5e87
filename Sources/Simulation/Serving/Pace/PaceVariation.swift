/// How a machine's steps differ from what is expected of them, one after the other.
///
/// A shared machine is slow for a while and fast for a while, so what was measured is played in stretches from random
/// places (the moving-block bootstrap of Künsch 1989) instead of being drawn step by step.
struct PaceVariation: Sendable {
  private let course: [Double]
  private var place = 0
  private var leftCount = 0
  private var chance: RandomStream

  /// Steps of a stretch: a few seconds of a busy engine.
  static let stretch = 256

  init(_ pace: EnginePace, seed: UInt64) {
    course = pace.course
    chance = RandomStream(seed: seed, name: "steps")
  }

  /// The factor of the next step.
  mutating func next() -> Double {
    if leftCount == 0 {
      place = chance.index(below: course.count)
      leftCount = Self.stretch
    }
    defer {
      place = (place + 1) % course.count
      leftCount -= 1
    }
    return course[place]
  }
}
