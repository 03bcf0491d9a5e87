import Tensors
import Testing

@testable import Transformer

/// Every family against `transformers` (tools/goldens/families.py).
@Suite struct GoldenTests {
  @Test(arguments: Golden.names)
  func `logits are within 1e-4 of the reference on every backend`(name: String) throws {
    let golden = try Golden(name)
    #expect(golden.logits.count == 4)
    let backends: [any ComputeBackend] = [ReferenceBackend(), KernelBackend(threadCount: 2)]
    for backend in backends {
      let logits = Runner(try golden.model(backend: backend)).step(golden.prompt)
      for (row, expected) in golden.logits {
        let error = zip(logits[Int(row)], expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(error < 1e-4, "row \(row), \(type(of: backend))")
        #expect(logits[Int(row)].count == expected.count)
      }
    }
  }

  @Test(arguments: Golden.names)
  func `64 greedy tokens are those of the reference`(name: String) throws {
    let golden = try Golden(name)
    let runner = Runner(try golden.model())
    var token = try #require(runner.step(golden.prompt).last).argmax
    var tokens = [token]
    while tokens.count < golden.greedy.count {
      token = runner.step([token])[0].argmax
      tokens.append(token)
    }
    #expect(tokens.count == 64)
    #expect(tokens == golden.greedy)
  }

  @Test(arguments: Golden.names)
  func `chunks and company in a step do not change a bit`(name: String) throws {
    let golden = try Golden(name)
    let model = try golden.model()
    let tokens = golden.prompt + golden.greedy.prefix(4)
    let expected = Runner(model).step(tokens)
    let others: [Int32] = tokens.reversed()
    let runner = Runner(model, sequenceCount: 2, seed: 7)
    var logits: [[Float]] = []
    var start = 0
    for (length, company) in [(1, 3), (7, 0), (20, 9), (2, 1), (tokens.count - 30, 5)] {
      let chunk = Array(tokens[start..<(start + length)])
      let other = Array(others[start..<(start + company)])
      logits += runner.step([(1, other), (0, chunk)].filter { !$0.1.isEmpty }).last ?? []
      start += length
    }
    #expect(logits.count == expected.count)
    let differing = zip(logits, expected).enumerated().filter { $0.element.0 != $0.element.1 }
    #expect(differing.map(\.offset) == [])
  }
}
