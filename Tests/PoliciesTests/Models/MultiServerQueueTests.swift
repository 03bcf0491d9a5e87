import Testing

@testable import Policies

/// Against the textbooks' closed forms.
@Suite struct MultiServerQueueTests {
  private func queue(_ load: Double, _ servers: Int, _ variability: Double = 1)
    -> MultiServerQueue
  {
    MultiServerQueue(
      arrivalRate: load / 2,
      serviceTime: 2,
      serverCount: servers,
      variability: variability
    )
  }

  @Test(
    arguments: [(0.8, 1, 0.8), (1, 2, 1 / 3), (2, 3, 4 / 9), (10, 12, 0.449388224298)]
      as [(Double, Int, Double)]
  ) func `the chance to wait is Erlang's`(load: Double, servers: Int, expected: Double) {
    #expect(abs(queue(load, servers).waitProbability - expected) < 1e-10)
  }

  @Test func `one server waits as M/M/1 and M/D/1 do`() {
    // M/M/1: ρ/(1 − ρ) services; M/D/1: half of that.
    #expect(abs(queue(0.8, 1).meanWait - 8) < 1e-12)
    #expect(abs(queue(0.8, 1, 0.5).meanWait - 4) < 1e-12)
    // P(wait > t) = ρ·exp(−(1 − ρ)t/s): at 5 % t = 2·ln(16)/0.2.
    #expect(abs(queue(0.8, 1).wait(quantile: 0.95) - 27.7258872224) < 1e-9)
    #expect(queue(0.8, 1).wait(quantile: 0.1) == 0)
  }

  @Test func `beyond its capacity a queue grows without end`() {
    #expect(queue(2, 2).waitProbability == 1)
    #expect(queue(2, 2).meanWait == .infinity)
    #expect(queue(3, 2).wait(quantile: 0.95) == .infinity)
  }

  @Test func `more servers never wait longer`() {
    for load in stride(from: 0.1, to: 30, by: 0.7) {
      for servers in Int(load) + 1..<60 {
        let (fewer, more) = (queue(load, servers), queue(load, servers + 1))
        #expect(more.wait(quantile: 0.95) <= fewer.wait(quantile: 0.95))
      }
    }
  }
}
