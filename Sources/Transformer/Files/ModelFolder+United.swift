import Tensors

extension ModelFolder {
  /// Tells one model's routers from another's: FNV-1a over their tensors.
  ///
  /// United experts made for one model would silently spoil another of the same sizes.
  package func routerFingerprint() throws(ModelError) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for id in configuration.moduleIDs {
      guard case .router = id, let part = configuration.blueprint(id)?.part(.weights) else {
        continue
      }
      for requirement in part.tensors {
        for byte in try tensors.tensor(requirement).bytes {
          hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
      }
    }
    return String(hash, radix: 16)
  }

  /// The folder with the united experts of `way` that lie in it; `nil` if there are none.
  package func united(way: Int) throws(ModelError) -> ModelFolder? {
    let file = path + "/" + UnitedExperts.fileName(way: way)
    return MappedFile.exists(file) ? try united(at: file) : nil
  }

  /// The folder with the united experts of the file at `file`, checked against the model.
  package func united(at file: String) throws(ModelError) -> ModelFolder {
    var folder = self
    let metadata = try folder.tensors.add(file)
    let name = String(file.split(separator: "/").last ?? "file")
    folder.configuration.united = try UnitedExperts(
      metadata["plimsoll.united"],
      file: name,
      configuration
    )
    let fingerprint = try routerFingerprint()
    guard metadata["plimsoll.routers"] == fingerprint else {
      throw .invalidValue(
        file: name,
        key: "plimsoll.routers",
        found: metadata["plimsoll.routers"] ?? "absent",
        allowed: "\(fingerprint): these united experts were made for another model"
      )
    }
    try folder.checkTensors()
    return folder
  }
}
