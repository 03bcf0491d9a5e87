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
      let bytes = try Self.bytes(at: path, as: "forecaster", of: &inputs)
      inputs.forecaster = ServiceForecaster(try ForecasterFile.read(bytes, from: path))
    }
    if let path = profiles {
      let bytes = try Self.bytes(at: path, as: "profiles", of: &inputs)
      inputs.curves = try ServiceProfiles(bytes, from: path).curves(for: application, from: path)
    }
    return inputs
  }

  /// A file's bytes, noted among the sources.
  private static func bytes(
    at path: String,
    as name: String,
    of inputs: inout LearnedInputs
  ) throws -> [UInt8] {
    let bytes = try TextFile.bytes(at: path)
    inputs.sources.append(.init(name, provenance: TextFile.provenance(of: bytes, at: path)))
    return bytes
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
