/// How the numbers of a weight matrix are kept in memory.
package enum WeightFormat: String, Sendable, CaseIterable {
  /// Exact: what the reference computes in.
  case float32
  /// The upper half of a float32: exact for checkpoints that are stored so, half the bytes; widened to multiply.
  case bfloat16
  /// Signed bytes, times one scale for all of an output's weights.
  case int8
  /// Blocks of 32 numbers, each four bits times a small multiple of one scale for all of an output's weights.
  case int4

  /// How many consecutive inputs share one scale: the activations that meet 8-bit and 4-bit weights.
  package static let blockLength = 32
}

/// The number types a weight file may hold.
package enum ScalarType: String, Sendable, CaseIterable {
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"

  /// Bytes per number.
  package var byteCount: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    }
  }
}
