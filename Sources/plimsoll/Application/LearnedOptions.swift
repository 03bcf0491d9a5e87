import Applications
import ArgumentParser
import Comparison
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

  /// Reads the files.
  func inputs(for application: Application) throws -> LearnedInputs {
    var inputs = LearnedInputs()
    if let path = forecaster {
      let bytes = try TextFile.bytes(at: path)
      inputs.forecaster = ServiceForecaster(try ForecasterFile.read(bytes, from: path))
      inputs.sources.append(
        .init("forecaster", provenance: TextFile.provenance(of: bytes, at: path))
      )
    }
    if let path = profiles {
      let bytes = try TextFile.bytes(at: path)
      inputs.curves = try ServiceProfiles(bytes, from: path).curves(for: application, from: path)
      inputs.sources.append(.init("profiles", provenance: TextFile.provenance(of: bytes, at: path)))
    }
    return inputs
  }

  /// The setting of a policy with what the files hold.
  func setting(
    _ application: Application,
    seed: UInt64,
    foresight: LoadForesight? = nil
  ) throws -> PolicySetting {
    let inputs = try inputs(for: application)
    return PolicySetting(
      application: application,
      seed: seed,
      foresight: foresight,
      forecaster: inputs.forecaster,
      curves: inputs.curves
    )
  }
}
