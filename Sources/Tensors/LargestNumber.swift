import CKernels

extension UnsafeMutableBufferPointer<Float> {
  /// The index of the largest number, the first among equals; what is not a number is passed over, and 0 is the
  /// answer when nothing is above negative infinity.
  package var indexOfLargest: Int { baseAddress.map { ck_largest($0, count) } ?? 0 }
}
