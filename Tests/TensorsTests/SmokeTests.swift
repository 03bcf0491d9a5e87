import Testing
@testable import Tensors
@Suite struct SmokeTests { @Test func a() { _ = KernelBackend(threadCount: 2) } }
