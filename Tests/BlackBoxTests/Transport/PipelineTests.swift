import Glibc
import TestSupport
import Testing

extension TacoHelp {
  @Suite("Pipelines and crowds of connections") struct PipelineTests {
    @Test(
      "Requests before a malformed body are answered first, then that one, and no more",
      arguments: ["zz\r\n", "2\r\n{}xx\r\n", "-1\r\n"])
    func badBody(chunk: String) async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      try await connection.send(
        ConnectionTests.get("/tickets", tenant.key) + ConnectionTests.post(tenant.key, "Sam")
          + "POST /api/external/chat/conversations HTTP/1.1\r\nHost: taco\r\n"
          + "Authorization: Bearer \(tenant.key)\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)"
          + ConnectionTests.get("/tickets", tenant.key))
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 201)
      #expect(try await connection.answer().outcome == "400 bad_request")
      #expect(try await connection.waitForClose() == "")
      #expect(try await tenant.client.get("/chat/conversations").json["total"] == 1)
    }

    @Test(
      "A client that offers another protocol is answered in this one, and the connection ends",
      arguments: ["h2c", "x"])
    func upgrade(other: String) async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      // Line ends do not begin a head, so no deadline would end them.
      try await connection.send(
        ConnectionTests.get(
          "/tickets", tenant.key, headers: "Connection: Upgrade\r\nUpgrade: \(other)\r\n")
          + String(repeating: "\r\n", count: 100_000))
      let answer = try await connection.answer()
      #expect(answer.status == 200)
      #expect(answer.header("connection") == "close")
      #expect(try await connection.waitForClose() == "")
    }

    @Test("Requests that come to just what a read holds, and then the end, are all answered")
    func exactly() async throws {
      let tenant = try await Tenant.make()
      let request = "GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n"
      for length in [14336, 16384, 32768] {
        let connection = try tenant.stage.server.connect()
        let count = length / request.utf8.count - 2
        let rest = length - count * request.utf8.count
        var last = request
        last.insert(
          contentsOf: "X: \(String(repeating: "x", count: rest - request.utf8.count - 5))\r\n",
          at: last.index(last.endIndex, offsetBy: -1))
        try await connection.send(String(repeating: request, count: count) + last)
        connection.finishSending()
        for _ in 0..<count + 1 { #expect(try await connection.answer().status == 200) }
        #expect(try await connection.waitForClose() == "")
      }
    }

    @Test("A client that expects 100-continue behind other requests is invited in its turn")
    func expectBehind() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let body = #"{"visitorName":"Sam"}"#
      let list = ConnectionTests.get("/tickets", tenant.key)
      try await connection.send(
        list + list + "POST /api/external/chat/conversations HTTP/1.1\r\nHost: taco\r\n"
          + "Authorization: Bearer \(tenant.key)\r\nContent-Length: \(body.utf8.count)\r\n"
          + "Expect: 100-continue\r\n\r\n")
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 100)
      #expect(try await connection.exchange(body).status == 201)
    }

    @Test("Connections that are reset in the middle of anything leave nothing behind")
    func resets() async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let post = Array(ConnectionTests.post(tenant.key, "Sam").utf8)
      let list = ConnectionTests.get("/tickets", tenant.key)
      for length in stride(from: 1, to: post.count, by: 7) {
        let connection = try tenant.stage.server.connect()
        try await connection.send(Array(list.utf8) + post.prefix(length))
        connection.reset()
      }
      let whole = try tenant.stage.server.connect()
      #expect(try await whole.exchange(list).status == 200)
      #expect(try await tenant.client.get("/chat/conversations").json["total"] == 0)
    }

    @Test("2,000 idle connections keep no other client from being answered, and leave no trace")
    func idleCrowd() async throws {
      try raiseFileLimit()
      let tenant = try await Tenant.make()
      let server = tenant.stage.server
      let before = try await openFiles(server)
      var crowd = try (0..<2000).map { _ in
        try RawConnection(port: server.port, from: "127.0.0.9")
      }
      try await eventually("they were there") { try await openFiles(server) >= before + 1900 }
      let start = ContinuousClock.now
      #expect(try await tenant.client.get("/tickets").status == 200)
      #expect(
        try await crowd[1999].exchange(ConnectionTests.get("/tickets", tenant.key)).status == 200)
      #expect(ContinuousClock.now - start < .seconds(5))
      crowd = []
      try await eventually("they were gone") { try await openFiles(server) < before + 100 }
    }

    /// The files that a server's process has open.
    private func openFiles(_ server: Server) async throws -> Int {
      let metrics = try await server.site.get("/metrics").body
      let line = metrics.split(separator: "\n").first { $0.hasPrefix("process_open_fds ") }
      return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
    }

    private func raiseFileLimit() throws {
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      guard limit.rlim_cur < 6000 else { return }
      guard limit.rlim_max >= 6000 else {
        throw TestError("2,000 connections need a limit of 6,000 open files (ulimit -Hn)")
      }
      limit.rlim_cur = 6000
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
  }
}
