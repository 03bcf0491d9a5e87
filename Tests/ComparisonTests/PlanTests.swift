import Applications
import Control
import Policies
import Simulation
import Testing

@testable import Comparison

@Suite struct PlanTests {
  @Test func `commas part policies and their parameters`() throws {
    let choices = try PolicyChoice.list(
      "hpa:target=0.6,tolerance=0.05,kpa,static",
      in: .standard
    )
    #expect(choices.map(\.text) == ["hpa:target=0.6,tolerance=0.05", "kpa", "static"])
    #expect(try PolicyChoice.list("kpa,target=10", in: .standard).map(\.text) == ["kpa:target=10"])
  }

  @Test func `wrong lists are refused before anything runs`() throws {
    #expect(throws: ComparisonError.noPolicies) { try PolicyChoice.list("", in: .standard) }
    #expect(throws: ComparisonError.repeatedPolicy("hpa")) {
      try PolicyChoice.list("hpa,kpa,hpa", in: .standard)
    }
    #expect(throws: PolicyError.self) { try PolicyChoice.list("hpa,magic", in: .standard) }
    #expect(throws: PolicyError.self) { try ComparisonPlan.shop("hpa:target=none") }
  }

  @Test func `a policy's part follows from its technique`() throws {
    let choices = try PolicyChoice.list("rule,controller,seer,learner", in: cast)
    #expect(choices.map(\.role) == [.baseline, .baseline, .bound, .contender])
  }

  @Test func `every policy meets every seed, seed by seed`() throws {
    let keys = try ComparisonPlan.shop("static,hpa", seedCount: 2).keys
    #expect(keys.map(\.policy) == ["static", "hpa", "static", "hpa"])
    #expect(keys.map(\.seed) == [0, 0, 1, 1])
    #expect(Set(keys.map(\.fileName)).count == 4)
  }

  @Test func `any changed input makes another digest`() throws {
    let scenario = try Scenario.shop()
    #expect(try scenario.digest == Scenario.shop().digest)
    let changes: [(inout Scenario) -> Void] = [
      { $0.document += "\n" }, { $0.load.requestsPerSecond[1] += 1e-9 },
      { $0.load.step = .seconds(61) }, { $0.duration = .seconds(121) },
      { $0.meanTimeToCrash = .seconds(60) }, { $0.missingSignals = 0.1 }, { $0.version = "2" },
    ]
    var digests = [scenario.digest]
    for change in changes {
      var changed = scenario
      change(&changed)
      digests.append(changed.digest)
    }
    #expect(Set(digests).count == changes.count + 1)
  }

  @Test func `what policies learnt beforehand reaches them, and makes other runs`() throws {
    #expect(throws: PolicyError.needsForecaster(policy: "forecast")) {
      try ComparisonPlan.shop("forecast:method=trained")
    }
    var learned = LearnedInputs()
    learned.forecaster = PersistenceForecaster()
    learned.sources = [.init("forecaster", provenance: "gru-0001.safetensors, 8 bytes, fnv1a 1")]
    let plan = try ComparisonPlan.shop("forecast:method=trained", learned: learned)
    #expect(try plan.policy("forecast:method=trained", seed: 1) is ForecastPolicy)
    let untaught = try ComparisonPlan.shop("static")
    let taught = try ComparisonPlan.shop("static", learned: learned)
    #expect(untaught.digest == untaught.scenario.digest && taught.digest != untaught.digest)
    #expect(Set(taught.keys).isDisjoint(with: untaught.keys))
    learned.sources[0].provenance = "gru-0001.safetensors, 8 bytes, fnv1a 2"
    #expect(try ComparisonPlan.shop("static", learned: learned).digest != taught.digest)
  }

  @Test func `measured curves reach the policy`() async throws {
    // A replica that is taken to answer ten requests a second, where its stated work lets it answer forty.
    var learned = LearnedInputs()
    learned.curves["front"] = LoadLatencyCurve(
      quantile: 0.95,
      cores: 0.2,
      form: LoadLatencyForm(base: 0, scale: 0.1, capacity: 11),
      testedRate: 10,
      error: 0
    )
    let plans = try [
      ComparisonPlan.shop("lsram", seedCount: 1),
      ComparisonPlan.shop("lsram", seedCount: 1, learned: learned),
    ]
    var replicas: [Double] = []
    for plan in plans {
      let folder = TemporaryFolder()
      let run = ComparisonRun(plan, folder: try RunFolder(path: folder.path), width: 1)
      replicas.append(try await run.records { _ in }[0].meanReplicaCount)
    }
    #expect(replicas[1] > 1.5 * replicas[0], "\(replicas)")
  }

  @Test func `a digest is FNV-1a`() {
    #expect("\(Digest())" == "cbf29ce484222325")
    // "a" and the mark of its end, 0xFF, worked out beside the code; the leading zero is kept.
    var digest = Digest()
    digest.add("a")
    #expect("\(digest)" == "089bc907b544c769")
  }

  @Test func `file names are safe whatever the parameters hold`() {
    let key = RunKey(policy: "hpa:target=../../0.6", seed: 3, scenario: Digest())
    #expect(key.fileName.wholeMatch(of: /hpa-seed3-[0-9a-f]{16}\.json/) != nil)
  }
}
