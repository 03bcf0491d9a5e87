import Glibc
import Tensors
import Testing

@testable import Transformer

/// Model files that strangers changed: a clear error or a model that runs, never a crash.
@Suite struct ModelFileFuzzTests {
  /// How many mutated folders to open: `PLIMSOLL_FUZZ_CASES`, or 500.
  private static let caseCount =
    getenv("PLIMSOLL_FUZZ_CASES")
    .flatMap { Int(String(cString: $0)) } ?? 500

  @Test func `mutated model files never crash`() throws {
    let seed: UInt64 = 20_261_124
    print("fuzz: \(Self.caseCount) mutated model folders, seed \(seed)")
    let files = try TemporaryFolder.files(of: Golden.path("minimal"))
    #expect(files.allSatisfy { $0.bytes.count < 8192 })
    var generator = SplitMix64(seed: seed)
    let mutator = FileMutator()
    let folder = try TemporaryFolder(copying: "minimal")
    var refusedCount = 0
    for _ in 0..<Self.caseCount {
      guard let file = files.randomElement(using: &generator) else { continue }
      try folder.write(file.name, mutator.mutate(file.bytes, using: &generator))
      if try !run(folder) { refusedCount += 1 }
      try folder.write(file.name, file.bytes)
    }
    #expect(try run(folder), "the files themselves are sound")
    // A mutation that changes weights alone leaves a model that runs; most others are noticed.
    #expect(refusedCount > Self.caseCount / 4)
    #expect(refusedCount < Self.caseCount)
  }

  /// Opens, inspects, loads and runs the folder's model; false if it is refused with a described error.
  private func run(_ folder: TemporaryFolder) throws -> Bool {
    do {
      let opened = try ModelFolder(path: folder.path)
      let inspection = ModelInspection(opened.configuration, format: .int8)
      #expect(inspection.parameterCount > 0)
      let model = try TransformerModel(
        folder: opened,
        format: .float32,
        backend: KernelBackend(threadCount: 1)
      )
      #expect(Runner(model).step([0]).count == 1)
      return true
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
  }
}

/// Changes files as damage and malice do.
struct FileMutator {
  private static let hostileTexts = [
    "-1", "0", "1e999", "9223372036854775807", "18446744073709551616", "1e308", "null", "[]", "{}",
    "\"\"", "true", "0.5", String(repeating: "[", count: 300), "\u{0}", "../x", "F64",
  ].map { Array($0.utf8) }

  /// A copy of `bytes` with one to three changes.
  func mutate(_ bytes: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) { change(&bytes, &generator) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: bytes.indices, using: &generator)
    let end = min(bytes.count, place + Int.random(in: 1...40, using: &generator))
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.removeSubrange(place..<end)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 5: replaceNumber(in: &bytes, near: place, &generator)
    case 6: bytes.insert(contentsOf: hostileText(&generator), at: place)
    default: for index in bytes.indices.prefix(8) { bytes[index] = generator.next().first }
    }
  }

  /// Puts a hostile text in the place of the first number after `place`: sizes, offsets, counts.
  private func replaceNumber(
    in bytes: inout [UInt8],
    near place: Int,
    _ generator: inout SplitMix64
  ) {
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.endIndex
    bytes.replaceSubrange(start..<end, with: hostileText(&generator))
  }

  private func hostileText(_ generator: inout SplitMix64) -> [UInt8] {
    Bool.random(using: &generator)
      ? Self.hostileTexts.randomElement(using: &generator) ?? []
      : Array(String(Int.random(in: 0...70, using: &generator)).utf8)
  }
}

extension UInt64 {
  fileprivate var first: UInt8 { UInt8(truncatingIfNeeded: self) }
}
