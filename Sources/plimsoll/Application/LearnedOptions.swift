import Applications
import ArgumentParser
import Control
import Forecasting

/// What a policy may be given that was learnt beforehand.
struct LearnedOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A trained forecaster, for policies that take one; see plimsoll train.",
      valueName: "file"
    )
  )
  var forecaster: String?

  @Option(
    help: ArgumentHelp(
      "Measured services, for policies that plan by them; see plimsoll profile.",
      valueName: "file"
    )
  )
  var profiles: String?

  /// The setting of a policy with what the files hold.
  func setting(
    _ application: Application,
    seed: UInt64,
    foresight: LoadForesight? = nil
  ) throws -> PolicySetting {
    PolicySetting(
      application: application,
      seed: seed,
      foresight: foresight,
      forecaster: try forecaster.map { ServiceForecaster(try ForecasterFile.read($0)) },
      curves: try profiles.map { try ServiceProfiles(path: $0).curves } ?? [:]
    )
  }
}
