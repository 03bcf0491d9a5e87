import ArgumentParser
import FoundationEssentials
import LoadGeneration

/// What is asked of the server, and when.
struct BenchLoadOptions: ParsableArguments {
  @Option(help: "When requests come: at random, in bursts, evenly, or as recorded.")
  var arrivals = BenchCommand.Arrivals.poisson

  @Option(help: "Requests per second, inf for all at once; a replayed trace is sped up to it.")
  var rate: Double?

  @Option(help: "Shape of gamma gaps: below 1 comes in bursts, 1 is poisson, above 1 is smoother.")
  var burstiness = 0.5

  @Option(help: "How long requests are sent, such as 90s.")
  var duration: DurationArgument?

  @Option(help: "How many requests are sent at most; 100 if there is no --duration and no replay.")
  var requests: Int?

  @Option(
    help: ArgumentHelp(
      "A CSV with TIMESTAMP, ContextTokens, GeneratedTokens, for lengths and replayed times;"
        + " several are merged.",
      valueName: "file"
    )
  )
  var trace: [String] = []

  @Option(help: "Multiplies the times of a replayed trace.")
  var scaleTime: Double?

  @Option(help: "Multiplies the lengths of a trace.")
  var scaleLengths = 1.0

  @Option(help: "Tokens of a prompt where there is no trace: 128, or 32-512.")
  var promptTokens = LengthArgument(128...128)

  @Option(help: "Tokens of an answer where there is no trace: 64, or 16-256.")
  var outputTokens = LengthArgument(64...64)

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "A class and its share of the requests, such as batch=20 or batch=20,max-tokens=512.",
      valueName: "class"
    )
  )
  var classes: [ClassArgument] = []

  @Option(help: "What is asked for at most; the true length stays hidden where the server allows.")
  var maxTokens = 1_024

  @Option(help: "A number that makes the same requests again.")
  var seed: UInt64 = 1

  func validate() throws {
    let isReplay = arrivals == .trace
    if isReplay, trace.isEmpty {
      throw ValidationError("--arrivals trace needs a --trace file.")
    }
    if let rate, !(rate > 0) {
      throw ValidationError("--rate must be above 0, but is \(rate).")
    }
    if rate?.isInfinite == true, requests == nil || isReplay {
      throw ValidationError("--rate inf needs --requests, and replays no trace.")
    }
    if scaleTime != nil, rate != nil || !isReplay {
      throw ValidationError("--scale-time is for --arrivals trace without --rate.")
    }
    for (name, value) in [
      ("--burstiness", burstiness), ("--scale-time", scaleTime ?? 1),
      ("--scale-lengths", scaleLengths),
    ] where !(value > 0 && value.isFinite) {
      throw ValidationError("\(name) must be above 0, but is \(value).")
    }
    guard maxTokens > 0, requests ?? 1 > 0 else {
      throw ValidationError("--max-tokens and --requests must be at least 1.")
    }
    guard Set(classes.map(\.name)).count == classes.count else {
      throw ValidationError("--class names a class twice.")
    }
  }

  func workload(objectives: [ObjectiveArgument], contextLimit: Int?) throws -> Workload {
    Workload(
      arrivals: try plannedArrivals(),
      classes: serviceClasses(objectives),
      requestLimit: requests ?? (duration == nil && arrivals != .trace ? 100 : nil),
      seed: seed,
      contextLimit: contextLimit
    )
  }

  private func plannedArrivals() throws -> Workload.Arrivals {
    let trace = try mergedTrace()
    if arrivals == .trace, let trace {
      let factor = rate.map { trace.meanRate / $0 } ?? scaleTime ?? 1
      return .replay(trace.scaled(time: factor).prefix(duration?.duration))
    }
    // Without a duration the limit on requests ends the run.
    let profile = RateProfile.constant(rate ?? 1, for: duration?.duration ?? .seconds(1e9))
    let lengths =
      trace.map(LengthSource.drawn)
      ?? .uniform(prompt: promptTokens.range, output: outputTokens.range)
    return .process(gaps, profile, lengths)
  }

  private var gaps: GapDistribution {
    switch arrivals {
    case .constant: .constant
    case .gamma: .gamma(burstiness: burstiness)
    case .poisson, .trace: .poisson
    }
  }

  private func mergedTrace() throws -> TokenTrace? {
    var merged: TokenTrace?
    for path in trace {
      let one: TokenTrace
      do {
        one = try TokenTrace(parsing: String(contentsOfFile: path, encoding: .utf8))
      } catch {
        throw CommandFailure.unreadableFile(path: path, reason: "\(error)")
      }
      merged = merged?.merged(with: one) ?? one
    }
    return merged?.scaled(lengths: scaleLengths)
  }

  private func serviceClasses(_ objectives: [ObjectiveArgument]) -> [ServiceClass] {
    var all =
      classes.isEmpty
      ? [ServiceClass(name: "", outputTokenCap: maxTokens)]
      : classes.map {
        ServiceClass(
          name: $0.name,
          share: $0.share,
          outputTokenCap: $0.outputTokenCap ?? maxTokens
        )
      }
    for objective in objectives {
      for index in all.indices
      where objective.className == nil || objective.className == all[index].name {
        all[index].objectives.merge(objective.objectives)
      }
    }
    return all
  }

  /// What a report says about the load.
  var facts: [(name: String, value: String)] {
    var facts = [("arrivals", arrivals == .trace ? "trace" : gaps.description)]
    if let rate { facts.append(("rate", "\(rate) requests/s")) }
    if let scaleTime { facts.append(("times scaled by", "\(scaleTime)")) }
    if trace.isEmpty {
      facts.append(("prompt tokens", "\(promptTokens)"))
      facts.append(("output tokens", "\(outputTokens)"))
    } else {
      let names = trace.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      facts.append(("lengths from", names.joined(separator: " + ")))
      facts.append(("lengths scaled by", "\(scaleLengths)"))
    }
    facts.append(("max tokens", "\(maxTokens)"))
    let shares = classes.map { one in
      "\(one.name) \(one.share)" + (one.outputTokenCap.map { " (max tokens \($0))" } ?? "")
    }
    if !shares.isEmpty { facts.append(("classes", shares.joined(separator: ", "))) }
    return facts + [("seed", "\(seed)")]
  }
}

extension LengthArgument {
  init(_ range: ClosedRange<Int>) { self.range = range }
}

extension Objectives {
  /// Takes over what `other` promises.
  mutating func merge(_ other: Objectives) {
    timeToFirstToken = other.timeToFirstToken ?? timeToFirstToken
    timePerOutputToken = other.timePerOutputToken ?? timePerOutputToken
    endToEnd = other.endToEnd ?? endToEnd
  }
}
