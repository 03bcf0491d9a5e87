import NIOCore
import NIOHTTP1
import Testing

@testable import Routing

/// The router over real sockets.
@Suite struct ServiceProxyTests {
  @Test func `a request and its answer are passed on whole`() async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { request in
        let headers: HTTPHeaders = [
          "x-seen": "\(request.head.method) \(request.head.uri)", "connection": "x-hop",
          "x-hop": "1", "x-id": request.head.headers["x-request-id"].joined(separator: "|"),
          "x-custom": request.head.headers["x-custom"].joined(separator: "|"),
          "x-keep": request.head.headers.contains(name: "keep-alive") ? "leaked" : "none",
        ]
        return .answer(.created, headers, request.body)
      }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: endpoint.port)
      let answer = try await street.call(
        .POST,
        "/cart?user=7",
        port: proxy.port,
        headers: ["x-request-id": "abc", "x-custom": "1", "keep-alive": "5"],
        body: ByteBuffer(string: "two apples")
      )
      #expect(answer.head.status == .created)
      #expect(answer.head.headers["x-seen"] == ["POST /cart?user=7"])
      #expect(answer.head.headers["x-id"] == ["abc"])
      #expect(answer.head.headers["x-custom"] == ["1"])
      #expect(answer.head.headers["x-keep"] == ["none"])
      #expect(answer.head.headers["x-hop"] == [])
      #expect(String(buffer: answer.body) == "two apples")
      let ledger = await proxy.snapshot().ledger
      #expect(ledger.count(.answered) == 1)
      await proxy.close()
    }
  }

  @Test func `a request without an identifier gets one of its own`() async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { request in
        .answer(.ok, ["x-id": request.head.headers.first(name: "x-request-id") ?? ""])
      }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: endpoint.port)
      var identifiers: Set<String> = []
      for _ in 0..<5 {
        let answer = try await street.call(port: proxy.port)
        identifiers.formUnion(answer.head.headers["x-id"])
      }
      #expect(identifiers.count == 5)
      #expect(identifiers.allSatisfy { $0.hasPrefix("shop-") })
      await proxy.close()
    }
  }

  @Test func `without a ready endpoint the answer is 503 with a time to come back`() async throws {
    try await Street.with { street in
      let proxy = try await street.proxy { $0.retryAfter = 3 }
      _ = await proxy.add(EndpointAddress(port: 1))
      let answer = try await street.call(
        .POST,
        port: proxy.port,
        headers: ["x-request-id": "abc"],
        body: ByteBuffer(string: "kept waiting")
      )
      #expect(answer.head.status == .serviceUnavailable)
      #expect(answer.head.headers["retry-after"] == ["3"])
      #expect(answer.head.headers["x-request-id"] == ["abc"])
      #expect(String(buffer: answer.body) == "no endpoint of shop is ready\n")
      // The connection is still good.
      #expect(try await street.call(port: proxy.port).head.status == .serviceUnavailable)
      #expect(await proxy.snapshot().ledger.count(.unavailable) == 2)
      await proxy.close()
    }
  }

  @Test(arguments: [HTTPMethod.GET, .POST])
  func `what never reached an endpoint is sent to another`(method: HTTPMethod) async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { .answer(.ok, [:], $0.body) }
      let proxy = try await street.proxy()
      let dead = try await proxy.addReady(port: street.deadPort())
      _ = try await proxy.addReady(port: endpoint.port)
      for _ in 0..<4 {
        let answer = try await street.call(method, port: proxy.port, body: ByteBuffer(string: "x"))
        #expect(answer.head.status == .ok)
        #expect(String(buffer: answer.body) == "x")
      }
      let snapshot = await proxy.snapshot()
      #expect(snapshot.ledger.retryCount == 1)
      #expect(snapshot.endpoints.first { $0.id == dead }?.state != .ready)
      await proxy.close()
    }
  }

  @Test func `what an endpoint broke off is repeated if that does no harm`() async throws {
    try await Street.with { street in
      let broken = try await street.endpoint { _ in .breakOff }
      let endpoint = try await street.endpoint { _ in .answer(.ok) }
      let proxy = try await street.proxy { $0.pool.ejection.faultThreshold = .max }
      _ = try await proxy.addReady(port: broken.port)
      _ = try await proxy.addReady(port: endpoint.port)
      var statuses: [UInt] = []
      for method in [HTTPMethod.GET, .GET, .POST, .POST, .POST, .PUT, .DELETE] {
        statuses.append(try await street.call(method, port: proxy.port).head.status.code)
      }
      #expect(statuses.filter { $0 == 502 }.count >= 1)
      #expect(statuses.prefix(2) == [200, 200])
      #expect(statuses.suffix(2) == [200, 200])
      let keyed = try await street.call(
        .POST,
        port: proxy.port,
        headers: ["idempotency-key": "1"]
      )
      #expect(keyed.head.status == .ok)
      let ledger = await proxy.snapshot().ledger
      #expect(ledger.count(.broken) == statuses.count { $0 == 502 })
      ledger.checkInvariants()
      await proxy.close()
    }
  }

  @Test func `an error status is an answer, not a reason to try again`() async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { _ in .answer(.serviceUnavailable) }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: endpoint.port)
      _ = try await proxy.addReady(port: endpoint.port)
      #expect(try await street.call(port: proxy.port).head.status == .serviceUnavailable)
      let ledger = await proxy.snapshot().ledger
      #expect(ledger.retryCount == 0)
      #expect(ledger.count(.failed) == 1)
      await proxy.close()
    }
  }

  @Test func `a silent endpoint is given up after the time allowed`() async throws {
    try await Street.with { street in
      let silent = try await HTTPAnswerer.open(on: street.eventLoop) { { _, _ in } }
      let proxy = try await street.proxy { $0.progressTimeout = .milliseconds(30) }
      _ = try await proxy.addReady(port: silent.port)
      #expect(try await street.call(port: proxy.port).head.status == .gatewayTimeout)
      let snapshot = await proxy.snapshot()
      #expect(snapshot.ledger.count(.timedOut) == 1)
      #expect(snapshot.endpoints.map(\.load.current) == [0])
      await proxy.close()
    }
  }

  @Test func `a client that goes away is accounted for, and its endpoint is freed`() async throws {
    try await Street.with { street in
      let silent = try await HTTPAnswerer.open(on: street.eventLoop) { { _, _ in } }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: silent.port)
      // A client that leaves before its request was read leaves nothing to account for, so it comes again.
      await street.until {
        await #expect(throws: HTTPCaller.Failure.self) {
          try await street.call(port: proxy.port, timeout: .milliseconds(20))
        }
        return await proxy.snapshot().ledger.count(.abandoned) > 0
      }
      await street.until { await proxy.snapshot().endpoints.map(\.load.current) == [0] }
      await proxy.close()
    }
  }

  @Test func `a long body passes in both directions`() async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { .answer(.ok, [:], $0.body) }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: endpoint.port)
      var body = ByteBuffer()
      for index in 0..<(1 << 20) { body.writeInteger(UInt32(index)) }
      for _ in 0..<2 {
        let answer = try await street.call(.POST, port: proxy.port, body: body)
        #expect(answer.body == body)
      }
      await proxy.close()
    }
  }

  @Test func `an answer to HEAD has no body`() async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { request in
        .answer(.ok, ["x-method": request.head.method.rawValue])
      }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: endpoint.port)
      for _ in 0..<3 {
        let answer = try await street.call(.HEAD, port: proxy.port)
        #expect(answer.head.headers["x-method"] == ["HEAD"])
      }
      await proxy.close()
    }
  }

  @Test func `a draining endpoint finishes its request while others take the next`() async throws {
    try await Street.with { street in
      let gate = Gate(eventLoop: street.eventLoop)
      let slow = try await gate.endpoint()
      let proxy = try await street.proxy()
      let id = try await proxy.addReady(port: slow.port)
      async let first = street.call(port: proxy.port)
      await street.until { await proxy.snapshot().endpoints.first?.load.current == 1 }
      await proxy.drain(id)
      #expect(try await street.call(port: proxy.port).head.status == .serviceUnavailable)
      #expect(await proxy.snapshot().endpoints.first?.isDrained == false)
      try await gate.open()
      #expect(try await first.head.status == .ok)
      #expect(await proxy.snapshot().endpoints.first?.isDrained == true)
      await proxy.close()
    }
  }

  @Test func `health checks make an endpoint ready, and take it out again`() async throws {
    try await Street.with { street in
      let isWell = NIOLoopBoundBox.makeBoxSendingValue(true, eventLoop: street.eventLoop)
      let endpoint = try await street.endpoint { request in
        request.head.uri == "/alive" && isWell.value ? .answer(.ok) : .answer(.internalServerError)
      }
      let proxy = try await street.proxy {
        $0.pool.health.path = "/alive"
        $0.pool.health.startInterval = .milliseconds(1)
        $0.pool.health.interval = .milliseconds(1)
      }
      let id = await proxy.add(EndpointAddress(port: endpoint.port))
      let dead = await proxy.add(EndpointAddress(port: try await street.deadPort()))
      let state = { await proxy.endpoints().first { $0.id == id }?.state }
      await street.until { await state() == .ready }
      #expect(await proxy.endpoints().first { $0.id == dead }?.state == .starting)
      try await street.eventLoop.submit { isWell.value = false }.get()
      await street.until { await state() == .unready }
      #expect(try await street.call(port: proxy.port).head.status == .serviceUnavailable)
      await proxy.close()
    }
  }

  @Test func `the gateway leads to services by the names of entry points`() async throws {
    try await Street.with { street in
      let endpoint = try await street.endpoint { .answer(.ok, ["x-uri": $0.head.uri]) }
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: endpoint.port)
      let gateway = try await Gateway.open(
        [
          "buy": .init(service: proxy, path: "/checkout"),
          "look": .init(service: proxy, path: "/browse"),
        ],
        on: street.eventLoop
      )
      for (path, seen) in [
        ("/buy", "/checkout"), ("/buy/7?a=b", "/checkout/7?a=b"), ("/look?x", "/browse?x"),
      ] {
        #expect(
          try await street.call(.GET, path, port: gateway.port).head.headers["x-uri"] == [seen]
        )
      }
      #expect(try await street.call(.GET, "/sell", port: gateway.port).head.status == .notFound)
      let ledgers = await gateway.ledgers()
      #expect(ledgers["buy"]?.count(.answered) == 2)
      #expect(ledgers["look"]?.count(.answered) == 1)
      #expect(await proxy.snapshot().ledger.count(.answered) == 3)
      await gateway.close()
      await proxy.close()
    }
  }

  @Test func `a gateway that closes lets requests end, and then their connections`() async throws {
    try await Street.with { street in
      let gate = Gate(eventLoop: street.eventLoop)
      let slow = try await gate.endpoint()
      let proxy = try await street.proxy()
      _ = try await proxy.addReady(port: slow.port)
      let gateway = try await Gateway.open(
        ["buy": .init(service: proxy, path: "/checkout")],
        on: street.eventLoop
      )
      async let first = street.call(.GET, "/buy", port: gateway.port)
      await street.until { await proxy.endpoints().first?.load.current == 1 }
      await gateway.close()
      #expect(await gateway.ledgers()["buy"]?.inFlightCount == 1)
      try await gate.open()
      let answer = try await first
      #expect(answer.head.status == .ok)
      #expect(answer.head.headers["connection"] == ["close"])
      #expect(await gateway.ledgers()["buy"]?.inFlightCount == 0)
      await #expect(throws: HTTPCaller.Failure.self) {
        try await street.call(.GET, "/buy", port: gateway.port)
      }
      await proxy.close()
    }
  }

  @Test func `endpoints that break off at random lose no idempotent request`() async throws {
    try await Street.with { street in
      let counter = LoopCounter(eventLoop: street.eventLoop)
      // Every fourth request is broken off, whoever gets it.
      let flaky = try await street.endpoint { _ in
        counter.next() % 4 == 0 ? .breakOff : .answer(.ok)
      }
      let sound = try await street.endpoint { _ in .answer(.ok) }
      let proxy = try await street.proxy { $0.retry.budgetFloor = .max }
      for port in [flaky.port, flaky.port, sound.port] { _ = try await proxy.addReady(port: port) }
      let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
        for _ in 0..<300 {
          group.addTask { try await street.call(port: proxy.port).head.status.code }
        }
        return try await group.reduce(into: [UInt: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(statuses == [200: 300])
      let snapshot = await proxy.snapshot()
      snapshot.ledger.checkInvariants()
      #expect(snapshot.ledger.count(.answered) == 300)
      #expect(snapshot.ledger.retryCount > 0)
      #expect(snapshot.endpoints.map(\.load.current) == [0, 0, 0])
      await proxy.close()
    }
  }
}
