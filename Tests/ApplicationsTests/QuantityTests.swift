import Applications
import Randomness
import Testing

struct QuantityTests {
  @Test func `CPU is read as Kubernetes writes it`() {
    #expect(Millicores(quantity: "250m") == Millicores(250))
    #expect(Millicores(quantity: "2") == Millicores(2000))
    #expect(Millicores(quantity: "0.1") == Millicores(100))
    #expect(Millicores(quantity: "0.0001") == nil)
    for text in ["", "m", "-1", "1e3", "250 m", "two", "1.", ".5", "nan", "0x10", "250M"] {
      #expect(Millicores(quantity: text) == nil, "\(text)")
    }
  }

  @Test func `memory is read with decimal and binary suffixes`() {
    #expect(ByteCount(quantity: "64Mi") == .mebibytes(64))
    #expect(ByteCount(quantity: "1.5Gi") == .mebibytes(1536))
    #expect(ByteCount(quantity: "500M") == ByteCount(500_000_000))
    #expect(ByteCount(quantity: "1024") == .kibibytes(1))
    for text in ["", "Mi", "64MB", "64 Mi", "-1Mi", "1e9Ti", "99999999999999999999"] {
      #expect(ByteCount(quantity: text) == nil, "\(text)")
    }
  }

  @Test func `durations are read in every unit and in combination`() {
    #expect(Duration(quantity: "500ms") == .milliseconds(500))
    #expect(Duration(quantity: "1.5s") == .milliseconds(1500))
    #expect(Duration(quantity: "250us") == .microseconds(250))
    #expect(Duration(quantity: "1m30s") == .seconds(90))
    for text in ["", "5", "s", "5 s", "5sec", "-1s", "1d", "99999999999h"] {
      #expect(Duration(quantity: text) == nil, "\(text)")
    }
  }

  @Test func `what is written is read back as it was`() {
    var generator = SplitMix64(seed: 6)
    for _ in 0..<2000 {
      let millicores = Millicores(Int.random(in: 0...100_000, using: &generator))
      let bytes = ByteCount(Int.random(in: 0...(1 << 40), using: &generator))
      let microseconds = Int64.random(in: 0...10_000_000_000, using: &generator)
      let duration = Duration.microseconds(microseconds)
      #expect(Millicores(quantity: millicores.description) == millicores)
      #expect(ByteCount(quantity: bytes.description) == bytes)
      #expect(Duration(quantity: duration.quantity) == duration)
    }
  }

  @Test func `a log-normal has the mean and the variability it was given`() {
    var generator = SplitMix64(seed: 7)
    let distribution = LogNormal(mean: 0.004, variability: 0.8)
    let values = (0..<200_000).map { _ in distribution.sample(using: &generator) }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean / 0.004 - 1) < 0.02)
    #expect(abs(variance.squareRoot() / mean / 0.8 - 1) < 0.04)
    let constant = LogNormal(mean: 0.004, variability: 0).sample(using: &generator)
    #expect(abs(constant - 0.004) < 1e-12)
  }
}
