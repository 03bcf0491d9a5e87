import Control
import OrderedCollections

/// How often signals go wrong on their way to the controller; all chances are per signal and observation.
package struct SignalFaultPlan: Sendable {
  /// It does not arrive.
  package var missing: Double
  /// What arrives was measured up to ``lateness`` observations ago, and says so.
  package var late: Double
  package var lateness: Int
  /// The previous reading arrives again; the source knows that it is no new one.
  package var repeated: Double
  /// The value is wrong by a factor between a tenth and ten, and nobody says so.
  package var wrong: Double
  /// The coefficient of variation of what every value is off by.
  package var noise: Double

  package init(
    missing: Double = 0,
    late: Double = 0,
    lateness: Int = 3,
    repeated: Double = 0,
    wrong: Double = 0,
    noise: Double = 0
  ) {
    precondition(lateness > 0 && missing + late + repeated + wrong <= 1, "more faults than signals")
    self.missing = missing
    self.late = late
    self.lateness = lateness
    self.repeated = repeated
    self.wrong = wrong
    self.noise = noise
  }

  var isQuiet: Bool { missing + late + repeated + wrong + noise == 0 }
}

/// Carries observations to the controller, and spoils some signals by plan and seed.
///
/// What befalls a signal depends on the seed, its subject, its name and the observation's number: a service that
/// is added changes no other's faults.
struct SignalFaults {
  private let plan: SignalFaultPlan
  private let seed: UInt64
  private var number: UInt64 = 0
  /// The last observations as they were measured, the latest at the end.
  private var past: [Observation] = []

  init(_ plan: SignalFaultPlan, seed: UInt64) {
    self.plan = plan
    self.seed = seed
  }

  mutating func pass(_ measured: Observation) -> Observation {
    guard !plan.isQuiet else { return measured }
    number += 1
    var observation = measured
    for name in measured.services.keys {
      observation.services[name]?.signals = spoil("service \(name)", in: measured) {
        $0.services[name]?.signals
      }
    }
    for name in measured.entryPoints.keys {
      observation.entryPoints[name] = spoil("entry \(name)", in: measured) { $0.entryPoints[name] }
    }
    past.append(measured)
    if past.count > plan.lateness { past.removeFirst() }
    return observation
  }

  private func spoil(
    _ subject: String,
    in measured: Observation,
    _ signals: (Observation) -> Signals?
  ) -> Signals {
    var spoilt = Signals()
    for entry in signals(measured)?.entries ?? [] {
      var random = RandomStream(seed: seed, name: "fault \(subject) \(entry.name)").child(number)
      var chance = random.uniform()
      func happens(_ probability: Double) -> Bool {
        chance -= probability
        return chance <= 0
      }
      var signal: Signal? = entry.signal
      if happens(plan.missing) {
        signal = nil
      } else if happens(plan.late) {
        let age = 1 + random.index(below: plan.lateness)
        signal = earlier(entry.name, by: age, before: measured, signals)
      } else if happens(plan.repeated) {
        signal = earlier(entry.name, by: 1, before: measured, signals)
        signal?.quality = .suspect
      } else if happens(plan.wrong) {
        signal?.value *= powerOfTen(2 * random.uniform() - 1)
      }
      if plan.noise > 0 {
        signal?.value *=
          Spread.logNormal(mean: .seconds(1), variability: plan.noise)
          .draw(&random) * 1e-9
      }
      spoilt[entry.name] = signal
    }
    return spoilt
  }

  /// A signal as it was some observations ago, with its age; nil when there is none.
  private func earlier(
    _ name: SignalName,
    by count: Int,
    before measured: Observation,
    _ signals: (Observation) -> Signals?
  ) -> Signal? {
    guard count <= past.count else { return nil }
    let observation = past[past.count - count]
    guard var signal = signals(observation)?[name] else { return nil }
    signal.age += measured.time - observation.time
    return signal
  }
}
