package import OrderedJSON
package import Safetensors
import Tensors

/// Why a model folder cannot be used; every case names the file, key or tensor at fault.
package enum ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operating system refused; `code` is its `errno`.
  case unreadable(path: String, code: Int32)
  case notARegularFile(path: String)
  case fileTooLarge(path: String, byteCount: Int, limit: Int)
  case malformedJSON(path: String, JSONSyntaxError)
  case notUTF8(path: String)
  /// A value of a JSON file that is absent, of the wrong type, or out of bounds.
  case invalidValue(file: String, key: String, found: String, allowed: String)
  case unsupportedFamily(found: String, supported: [String])
  /// The checkpoint's own quantisation, named by its `quant_method`.
  case quantized(method: String)
  case malformedWeights(path: String, SafetensorsDefect)
  case unsafeShardName(String)
  case missingTensor(name: String, shape: [Int])
  case wrongShape(tensor: String, found: [Int], expected: [Int])
  case unsupportedScalarType(tensor: String, found: String)
  case unknownModule(ModuleID)
  case cancelled

  package var description: String {
    switch self {
    case .unreadable(let path, let code):
      "cannot read \(path): \(ModelError.reason(code))"
    case .notARegularFile(let path):
      "\(path) is not a regular file; a model folder holds plain files or links to them"
    case .fileTooLarge(let path, let byteCount, let limit):
      "\(path) has \(byteCount) bytes, more than the \(limit) that such a file may have"
    case .malformedJSON(let path, let error):
      "\(path) is not valid JSON: \(error)"
    case .notUTF8(let path):
      "\(path) is not UTF-8 text"
    case .invalidValue(let file, let key, let found, let allowed):
      "\(file): \(key) is \(found), but must be \(allowed)"
    case .unsupportedFamily(let found, let supported):
      "model_type \(found) is not supported; supported are \(supported.joined(separator: ", "))"
    case .quantized(let method):
      "the checkpoint is quantised (\(method)); use the original F32, F16 or BF16 checkpoint"
        + " and choose a weight format when loading"
    case .malformedWeights(let path, let defect):
      "\(path) is not a sound safetensors file: \(defect)"
    case .unsafeShardName(let name):
      "model.safetensors.index.json names the shard \(JSON.string(name).text),"
        + " which is not a plain file name in the model folder"
    case .missingTensor(let name, let shape):
      "the weights have no tensor \(name) of shape \(shape)"
    case .wrongShape(let tensor, let found, let expected):
      "tensor \(tensor) has shape \(found), but config.json implies \(expected)"
    case .unsupportedScalarType(let tensor, let found):
      "tensor \(tensor) has type \(found); supported are "
        + ScalarType.allCases.map(\.rawValue).joined(separator: ", ")
    case .unknownModule(let id):
      "the model has no module \(id)"
    case .cancelled:
      "loading was cancelled"
    }
  }
}
