import TestSupport
import Testing

@testable import Safetensors

@Suite struct SafetensorsHeaderTests {
  private func defect(_ bytes: [UInt8]) -> SafetensorsDefect? {
    do throws(SafetensorsDefect) {
      _ = try parse(bytes)
      return nil
    } catch {
      return error
    }
  }

  private func parse(_ bytes: [UInt8]) throws(SafetensorsDefect) -> SafetensorsHeader {
    // The closure of `withUnsafeBytes` loses the error's type.
    let result = bytes.withUnsafeBytes { file in
      Result { () throws(SafetensorsDefect) in try SafetensorsHeader(parsing: file) }
    }
    return try result.get()
  }

  private func file(_ tensors: String, data: Int = 8) -> [UInt8] {
    SafetensorsText.file(header: "{\(tensors)}", data: Array(repeating: 0, count: data))
  }

  private func tensor(_ name: String, _ begin: Int, _ end: Int, shape: String = "[1]") -> String {
    #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
  }

  @Test func `a sound header gives every tensor's type, shape and place`() throws {
    let header = try parse(
      file(#""__metadata__":{"format":"pt"},"# + tensor("b", 4, 8) + "," + tensor("a", 0, 4))
    )
    #expect(Set(header.entries.keys) == ["a", "b"])
    let start = try #require(header.entries["a"]?.bytes.lowerBound)
    #expect(header.entries["b"] == .init(type: "F32", shape: [1], bytes: (start + 4)..<(start + 8)))
  }

  @Test func `a scalar and an empty tensor are allowed`() throws {
    let tensors = tensor("s", 0, 4, shape: "[]") + "," + tensor("e", 4, 4, shape: "[0,7]")
    #expect(try parse(file(tensors, data: 4)).entries.count == 2)
  }

  @Test func `a file without room for a header is truncated`() {
    #expect(defect([]) == .truncated(byteCount: 0))
    #expect(defect([1, 0, 0]) == .truncated(byteCount: 3))
  }

  @Test func `a header longer than the file or the limit is refused before it is read`() {
    #expect(
      defect(SafetensorsText.file(headerLength: 99, header: "{}"))
        == .headerPastEnd(byteCount: 99, fileByteCount: 10)
    )
    #expect(
      defect(SafetensorsText.file(headerLength: .max, header: "{}"))
        == .headerTooLong(byteCount: .max, limit: 100_000_000)
    )
  }

  @Test func `a header that is not an object of tensors is refused`() {
    #expect(defect(SafetensorsText.file(header: "[]")) == .headerNotAnObject)
    #expect(
      defect(SafetensorsText.file(header: "{"))
        == .malformedHeader(reason: "an object key must be a string", offset: 1)
    )
    #expect(defect(file(#""a":7"#)) == .malformedTensor(name: "a"))
    let fractional = #""a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}"#
    #expect(defect(file(fractional)) == .malformedTensor(name: "a"))
    #expect(defect(file(tensor("a", -4, 0))) == .malformedTensor(name: "a"))
  }

  @Test func `a header of a hundred thousand brackets does not exhaust the stack`() {
    let header = String(repeating: "[", count: 100_000)
    #expect(defect(SafetensorsText.file(header: header)) != nil)
  }

  @Test func `byte ranges must lie in the file, in order, and match the shape`() {
    #expect(
      defect(file(tensor("a", 0, 12, shape: "[3]")))
        == .rangeOutOfBounds(name: "a", begin: 0, end: 12, dataByteCount: 8)
    )
    #expect(
      defect(file(tensor("a", 8, 4)))
        == .rangeOutOfBounds(name: "a", begin: 8, end: 4, dataByteCount: 8)
    )
    #expect(
      defect(file(tensor("a", 0, 8)))
        == .sizeMismatch(name: "a", shape: [1], type: "F32", byteCount: 8)
    )
  }

  @Test func `a shape whose product overflows is refused`() {
    let huge = "[4611686018427387904,4611686018427387904]"
    #expect(
      defect(file(tensor("a", 0, 8, shape: huge)))
        == .sizeMismatch(
          name: "a",
          shape: [1 << 62, 1 << 62],
          type: "F32",
          byteCount: 8
        )
    )
  }

  @Test func `tensors may neither overlap nor leave a gap`() {
    let overlapping = tensor("a", 0, 8, shape: "[2]") + "," + tensor("b", 4, 8)
    #expect(defect(file(overlapping)) == .overlapOrGap(name: "b", begin: 4, expected: 8))
    #expect(
      defect(file(tensor("a", 4, 8))) == .overlapOrGap(name: "a", begin: 4, expected: 0)
    )
    #expect(defect(file(tensor("a", 0, 4))) == .uncoveredBytes(count: 4))
  }

  @Test func `a name that appears twice is refused`() {
    let twice = tensor("a", 0, 4) + "," + tensor("a", 4, 8)
    #expect(defect(file(twice)) == .overlapOrGap(name: "a", begin: 4, expected: 0))
  }

  @Test func `a type outside the format is refused by name`() {
    let alien = #""a":{"dtype":"F128","shape":[1],"data_offsets":[0,8]}"#
    #expect(defect(file(alien)) == .unknownType(name: "a", found: "F128"))
  }
}
