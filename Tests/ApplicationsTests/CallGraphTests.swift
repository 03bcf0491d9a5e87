import Applications
import Testing

struct CallGraphTests {
  @Test func `visits multiply along the calls and add up over the ways`() throws {
    let application = try Application(parsing: fullDocument)
    let graph = try CallGraph(application)
    let visits = graph.visits(from: application.entryPoints[0])
    let read = try #require(graph.nodes.firstIndex(of: .init(service: "cart", operation: "read")))
    // 0.4 × 2 in sequence, then 0.9 × (1 + 0.5 × 2) in the parallel stage.
    #expect(abs(visits[read] - 2.6) < 1e-12)
    let mixed = graph.visits(of: application.entryPoints)
    #expect(abs(mixed[read] - 2.6 * 3 / 4) < 1e-12)
  }

  @Test func `callers stand before callees`() throws {
    let graph = try CallGraph(try Application(parsing: fullDocument))
    #expect(graph.order.sorted() == Array(graph.nodes.indices))
    var seen: Set<Int> = []
    for caller in graph.order {
      #expect(graph.edges[caller].allSatisfy { !seen.contains($0.callee) })
      seen.insert(caller)
    }
  }
}
