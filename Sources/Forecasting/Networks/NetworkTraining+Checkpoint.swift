import Learning
import Safetensors

extension NetworkTraining {
  /// Everything that is needed to go on later, as a file; `settings` names what the training is of.
  package func checkpoint(settings: String) -> [UInt8] {
    var file = SafetensorsWriter(metadata: [
      "settings": settings,
      "epochs": "\(stopping.epochCount)",
      "steps": "\(adam.stepCount)",
      "best epoch": stopping.bestEpoch.map { "\($0)" } ?? "",
      "best loss": "\(stopping.bestLoss)",
      "finished": "\(isFinished)",
    ])
    network.parameters.write(to: &file, prefix: "network/")
    best.parameters.write(to: &file, prefix: "best/")
    adam.first.write(to: &file, prefix: "first/")
    adam.second.write(to: &file, prefix: "second/")
    return file.file
  }

  /// Takes up the training that a file holds.
  ///
  /// Returns false, and changes nothing, if the file is damaged or of other settings.
  package mutating func resume(from file: [UInt8], settings: String) -> Bool {
    guard let header = try? SafetensorsHeader(reading: file),
      header.metadata["settings"] == settings,
      let epochs = header.metadata["epochs"].flatMap({ Int($0) }),
      let steps = header.metadata["steps"].flatMap({ Int($0) }),
      let loss = header.metadata["best loss"].flatMap({ Double($0) }),
      let parts = try? ["network/", "best/", "first/", "second/"]
        .map({ try Parameters(reading: file, prefix: $0) })
    else { return false }
    let networks = parts.map { LoadNetwork(network.shape, parameters: $0) }
    guard networks.allSatisfy(\.isSound) else { return false }
    (network, best) = (networks[0], networks[1])
    adam = Adam(rates: adam.rates, stepCount: steps, first: parts[2], second: parts[3])
    stopping = EarlyStopping(
      patience: plan.patience,
      bestLoss: loss,
      bestEpoch: header.metadata["best epoch"].flatMap { Int($0) },
      epochCount: epochs
    )
    isFinished = header.metadata["finished"] == "true"
    return true
  }
}
