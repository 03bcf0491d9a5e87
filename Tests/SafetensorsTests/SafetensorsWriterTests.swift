import Testing

@testable import Safetensors

@Suite struct SafetensorsWriterTests {
  @Test func `a written file is sound and says what it was told`() throws {
    var writer = SafetensorsWriter(metadata: ["origin": "a \"test\""])
    writer.append("a", type: "F32", shape: [2], bytes: [1, 2, 3, 4, 5, 6, 7, 8])
    writer.append("b", type: "BF16", shape: [1, 1], bytes: [9, 10])
    let file = writer.file
    let header = try file.withUnsafeBytes { try SafetensorsHeader(parsing: $0) }
    #expect(header.metadata == ["origin": "a \"test\""])
    #expect(header.entries["a"].map { Array(file[$0.bytes]) } == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(header.entries["b"].map { Array(file[$0.bytes]) } == [9, 10])
    #expect(header.entries["b"]?.shape == [1, 1])
    #expect(header.entries["a"].map { $0.bytes.lowerBound.isMultiple(of: 8) } == true)
  }
}
