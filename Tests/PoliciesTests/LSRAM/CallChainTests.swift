import Applications
import Testing

@testable import Policies

@Suite struct CallChainTests {
  private func application(_ services: String) throws -> Application {
    try Application(
      parsing: """
        apiVersion: plimsoll.dev/v1alpha1
        kind: Application
        metadata: {name: test}
        spec:
          entryPoints:
          - {name: get, service: front, operation: get, slo: {quantile: 0.95, bound: 200ms}}
          services:
        \(services)
        """
    )
  }

  private func chains(_ services: String) throws -> [[ServiceName: Double]] {
    let application = try application(services)
    return CallChains(from: application.entryPoints[0], in: application).counts.map { chain in
      Dictionary(uniqueKeysWithValues: chain.map { ($0.key, $0.value) })
    }
  }

  @Test func `calls in sequence add up, repeated ones count each`() throws {
    let chains = try chains(
      """
        - name: front
          operations:
          - name: get
            calls:
            - {service: store, operation: read}
            - {service: store, operation: read, count: 3}
        - name: store
          operations:
          - {name: read}
      """
    )
    #expect(chains == [["front": 1, "store": 4]])
  }

  @Test func `each parallel branch is a chain, and one that another covers is left out`() throws {
    let chains = try chains(
      """
        - name: front
          operations:
          - name: get
            calls:
            - parallel:
              - {service: left, operation: read}
              - {service: right, operation: read}
              - {service: right, operation: check}
        - name: left
          operations:
          - {name: read}
        - name: right
          operations:
          - name: read
            calls:
            - {service: left, operation: read}
          - {name: check}
      """
    )
    #expect(chains == [["front": 1, "right": 1, "left": 1]])
  }

  @Test func `a call rarer than what the promise leaves out does not count`() throws {
    let chains = try chains(
      """
        - name: front
          operations:
          - name: get
            calls:
            - {service: rare, operation: read, probability: 0.04}
            - {service: usual, operation: read, probability: 0.5}
        - name: rare
          operations:
          - {name: read}
        - name: usual
          operations:
          - {name: read}
      """
    )
    #expect(chains == [["front": 1, "usual": 1]])
  }
}
