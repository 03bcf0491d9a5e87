/// Why a model folder cannot be used: what is wrong, in which file, and what would be right.
package enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path is not a folder with a model in it.
  case notAModelFolder(path: String, reason: String)
  /// A file could not be opened, read or mapped.
  case unreadable(path: String, reason: String)
  /// A file's content contradicts itself or its format.
  case malformed(path: String, reason: String)
  /// A configuration value is missing, of the wrong type, or out of range.
  case invalidSetting(key: String, found: String, allowed: String)
  /// The configuration asks for something this program does not do.
  case unsupported(feature: String, found: String, supported: String)
  /// A weight that the configuration calls for is not in the files.
  case missingTensor(name: String, module: String)
  /// A weight has another shape than the configuration says.
  case wrongShape(tensor: String, found: [Int], expected: [Int])
  /// Loading was interrupted.
  case cancelled

  package var description: String {
    switch self {
    case .notAModelFolder(let path, let reason):
      "\(path) is not a model folder: \(reason)"
    case .unreadable(let path, let reason):
      "cannot read \(path): \(reason)"
    case .malformed(let path, let reason):
      "\(path) is malformed: \(reason)"
    case .invalidSetting(let key, let found, let allowed):
      "config.json: '\(key)' is \(found), but must be \(allowed)"
    case .unsupported(let feature, let found, let supported):
      "\(feature) '\(found)' is not supported; supported: \(supported)"
    case .missingTensor(let name, let module):
      "the weight files have no tensor '\(name)', which \(module) needs"
    case .wrongShape(let tensor, let found, let expected):
      "tensor '\(tensor)' has shape \(found), but config.json calls for \(expected)"
    case .cancelled:
      "loading was interrupted"
    }
  }
}
