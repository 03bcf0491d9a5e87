import ArgumentParser
import LoadGeneration

/// Rates with their durations: `50x30s,200x10s`.
struct StepsArgument: ExpressibleByArgument, Equatable {
  let profile: RateProfile

  init?(argument: String) {
    var stairs: [RateProfile.Stair] = []
    for step in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = step.split(separator: "x")
      guard halves.count == 2, let rate = Double(halves[0]), rate >= 0, rate.isFinite,
        let duration = DurationArgument(argument: String(halves[1]))?.duration
      else { return nil }
      stairs.append(RateProfile.Stair(duration: duration, rate: rate))
    }
    profile = RateProfile(stairs: stairs)
  }
}

/// A header as curl takes it: `Name: value`.
struct HeaderArgument: ExpressibleByArgument, Equatable {
  let name: String
  let value: String

  init?(argument: String) {
    let halves = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, !halves[0].isEmpty, !argument.contains(where: \.isNewline) else {
      return nil
    }
    name = String(halves[0])
    value = String(halves[1].drop { $0 == " " })
  }
}
