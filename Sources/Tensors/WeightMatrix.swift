import CKernels

/// An immutable weight matrix `[outputs, inputs]`, packed in the panels that the kernels read.
package final class WeightMatrix: @unchecked Sendable {
  // Unchecked: the memory is written in `init` alone and freed in `deinit`.
  package let format: WeightFormat
  package let outputCount: Int
  package let inputCount: Int
  /// Bytes this matrix occupies.
  package let byteCount: Int
  private let panels: UnsafeMutableRawPointer

  /// A matrix whose panels `fill` writes, as ``panelBytes`` of an equal one were; nil when it answers false.
  ///
  /// - Complexity: allocates ``byteCount``.
  package init?(
    outputCount: Int,
    inputCount: Int,
    format: WeightFormat,
    filledBy fill: (UnsafeMutableRawBufferPointer) -> Bool
  ) {
    self.format = format
    self.outputCount = outputCount
    self.inputCount = inputCount
    byteCount = Self.byteCount(outputCount: outputCount, inputCount: inputCount, format: format)
    panels = Self.allocate(byteCount)
    guard fill(UnsafeMutableRawBufferPointer(start: panels, count: byteCount)) else { return nil }
  }

  /// Packs the rows of `tensors`, each `[outputs, inputs]`, one below the other: fused projections; on the threads of
  /// `backend` if there is one.
  ///
  /// - Complexity: reads every number once; allocates ``byteCount``.
  package init(
    stacking tensors: [RawTensor],
    format: WeightFormat,
    on backend: (any ComputeBackend)? = nil
  ) {
    precondition(!tensors.isEmpty && tensors.allSatisfy { $0.shape.count == 2 })
    let inputCount = tensors[0].shape[1]
    precondition(tensors.allSatisfy { $0.shape[1] == inputCount }, "unequal widths")
    let outputCount = tensors.reduce(0) { $0 + $1.shape[0] }
    byteCount = Self.byteCount(outputCount: outputCount, inputCount: inputCount, format: format)
    self.format = format
    self.outputCount = outputCount
    self.inputCount = inputCount
    panels = Self.allocate(byteCount)
    pack(tensors, backend)
  }

  /// Bytes that a matrix `[outputCount, inputCount]` occupies in `format`.
  package static func byteCount(
    outputCount: Int,
    inputCount: Int,
    format: WeightFormat
  ) -> Int {
    let panelCount = (outputCount + WeightFormat.panelOutputs - 1) / WeightFormat.panelOutputs
    return panelCount * ck_panel_bytes(format.kernelFormat, Int32(inputCount))
  }

  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    guard let memory = ck_memory_allocate(byteCount) else {
      preconditionFailure("no memory for \(byteCount) bytes of weights")
    }
    return memory
  }

  deinit { ck_memory_free(panels, byteCount) }

  /// The packed weights, valid while the object is alive.
  package var panelBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: panels, count: byteCount)
  }

  /// Panels that are packed together: an engine that shares the backend waits for so many only.
  private static let panelsTogether = 64

  /// Fills the panels; the tensors' rows run through them regardless of where one tensor ends.
  private func pack(_ tensors: [RawTensor], _ backend: (any ComputeBackend)?) {
    let panelByteCount = ck_panel_bytes(format.kernelFormat, Int32(inputCount))
    let panelCount = byteCount / panelByteCount
    var rows = tensors.flatMap(\.sourceRows)
    let missing = panelCount * WeightFormat.panelOutputs - rows.count
    rows += repeatElement(ck_source_row(numbers: nil, scalar: .CK_SCALAR_FLOAT32), count: missing)
    rows.withUnsafeBufferPointer { rows in
      guard let firstRow = rows.baseAddress else { return }
      let firstPanel = panels.assumingMemoryBound(to: UInt8.self)
      func packPanel(_ index: Int) {
        ck_pack_panel(
          format.kernelFormat,
          firstRow + index * WeightFormat.panelOutputs,
          Int32(inputCount),
          firstPanel + index * panelByteCount
        )
      }
      guard let backend else {
        for index in 0..<panelCount { packPanel(index) }
        return
      }
      backend.perform(panelCount, portion: Self.panelsTogether, packPanel)
    }
    extendLifetime(tensors)
  }

  /// One output's weights, as the kernels see them (after rounding to the format).
  package func copyRow(_ output: Int, into row: UnsafeMutableBufferPointer<Float>) {
    precondition((0..<outputCount).contains(output) && row.count == inputCount)
    guard let start = row.baseAddress else { return }
    withUnsafePointer(to: kernelWeights) { ck_unpack_row($0, Int32(output), start) }
  }

  /// The matrix in the kernels' terms, valid while the object is alive.
  var kernelWeights: ck_weights {
    ck_weights(
      panels: UnsafePointer(panels.assumingMemoryBound(to: UInt8.self)),
      format: format.kernelFormat,
      outputs: Int32(outputCount),
      inputs: Int32(inputCount)
    )
  }
}

extension RawTensor {
  /// The rows of a matrix, valid while the tensor is alive.
  fileprivate var sourceRows: [ck_source_row] {
    let stride = shape[1] * scalarType.byteCount
    return (0..<shape[0]).map { row in
      ck_source_row(
        numbers: bytes.baseAddress.map { $0 + row * stride },
        scalar: scalarType.kernelScalar
      )
    }
  }
}

extension UnsafeRawBufferPointer {
  /// A number that bytes changed by accident change too; no protection against intent.
  package var checksum: UInt64 { baseAddress.map { ck_checksum($0, count) } ?? 0 }
}

extension WeightFormat {
  /// Grows whenever packed weights change their meaning.
  package static let layoutVersion = Int(CK_LAYOUT_VERSION)

  /// Outputs that lie side by side in memory.
  static let panelOutputs = Int(CK_PANEL_OUTPUTS)

  var kernelFormat: ck_format {
    switch self {
    case .float32: .CK_FORMAT_FLOAT32
    case .bfloat16: .CK_FORMAT_BFLOAT16
    case .int8: .CK_FORMAT_INT8
    case .int4: .CK_FORMAT_INT4
    }
  }
}

extension ScalarType {
  var kernelScalar: ck_scalar {
    switch self {
    case .float32: .CK_SCALAR_FLOAT32
    case .float16: .CK_SCALAR_FLOAT16
    case .bfloat16: .CK_SCALAR_BFLOAT16
    }
  }
}
