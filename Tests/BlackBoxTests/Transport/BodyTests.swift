import TestSupport
import Testing

extension TacoHelp {
  @Suite("Bodies on the wire") struct BodyTests {
    private func head(_ key: String, _ headers: String) -> String {
      "POST /api/external/chat/conversations HTTP/1.1\r\nHost: taco\r\n"
        + "Authorization: Bearer \(key)\r\n\(headers)\r\n"
    }

    private let chunked = "Transfer-Encoding: chunked\r\n"

    @Test(
      "A chunked body is put together, with extensions and trailers passed over",
      arguments: [
        "19\r\n{\"visitorName\":\"Sam Sam\"}\r\n0\r\n\r\n",
        "1\r\n{\r\n17\r\n\"visitorName\":\"Sam Sam\"\r\n01\r\n}\r\n000\r\n\r\n",
        "19;name=value\r\n{\"visitorName\":\"Sam Sam\"}\r\n0;last\r\n\r\n",
        "19\r\n{\"visitorName\":\"Sam Sam\"}\r\n0\r\nX-Trailer: y\r\nHost: x\r\n\r\n",
      ])
    func chunks(body: String) async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let answer = try await connection.exchange(head(tenant.key, chunked) + body)
      #expect(answer.json["visitorName"] == "Sam Sam")
      #expect(
        try await connection.exchange(ConnectionTests.get("/tickets", tenant.key)).status == 200)
    }

    @Test(
      "Chunks that are not well-formed are refused, and the connection is closed",
      arguments: [
        "zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n0\r\n\r\n", "2\r\n{}xx\r\n0\r\n\r\n",
        "ffffffffffffffffffff\r\n{}", "0x2\r\n{}\r\n0\r\n\r\n", "\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\nnot a trailer\r\n\r\n",
      ])
    func badChunks(body: String) async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      try await connection.send(head(tenant.key, chunked) + body)
      let answer = try await connection.answer()
      #expect(answer.status == 400)
      #expect(try await connection.waitForClose() == "")
      #expect(try await tenant.client.get("/chat/conversations").json["total"] == 0)
    }

    @Test("A client that expects 100-continue is invited, then answered")
    func expect() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let body = #"{"visitorName":"Sam"}"#
      for value in ["100-continue", "100-Continue"] {
        let invited = try await connection.exchange(
          head(tenant.key, "Content-Length: \(body.utf8.count)\r\nExpect: \(value)\r\n"))
        #expect(invited.status == 100)
        #expect(try await connection.exchange(body).status == 201)
      }
    }

    @Test("A client that expects 100-continue for too large a body is refused at once")
    func expectTooLarge() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let answer = try await connection.exchange(
        head(tenant.key, "Content-Length: 10000000\r\nExpect: 100-continue\r\n"))
      #expect(answer.outcome == "413 payload_too_large")
    }

    @Test("A declared length over 1 MiB is refused before it is sent, and the connection closed")
    func declared() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let answer = try await connection.exchange(head(tenant.key, "Content-Length: 1048577\r\n"))
      #expect(answer.outcome == "413 payload_too_large")
      #expect(answer.header("Connection")?.lowercased() == "close")
      #expect(try await connection.waitForClose() == "")
    }

    @Test("Chunks without end are refused at 1 MiB, and the connection closed")
    func endless() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
      try await connection.send(head(tenant.key, chunked))
      for _ in 0..<17 { try await connection.send(chunk) }
      #expect(try await connection.answer().outcome == "413 payload_too_large")
      #expect(try await connection.waitForClose() == "")
    }

    @Test(
      "An unread body does not become the next request",
      arguments: [
        "GET /api/external/tickets", "GET /api/external/nothing", "DELETE /api/external/tickets",
        "POST /healthz", "GET /healthz",
      ])
    func unread(line: String) async throws {
      let tenant = try await Tenant.make()
      for key in [tenant.key, AuthenticationTests.unknown] {
        let connection = try tenant.stage.server.connect()
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: taco\r\n\r\n"
        try await connection.send(
          "\(line) HTTP/1.1\r\nHost: taco\r\nAuthorization: Bearer \(key)\r\n"
            + "Content-Length: \(smuggled.utf8.count)\r\n\r\n\(smuggled)"
            + "GET /healthz HTTP/1.1\r\nHost: taco\r\nX-Request-Id: second\r\n\r\n")
        let first = try await connection.answer()
        // The server may close instead of reading on.
        guard first.header("Connection")?.lowercased() != "close" else {
          #expect(try await connection.waitForClose() == "")
          continue
        }
        let second = try await connection.answer()
        #expect(second.header("X-Request-Id") == "second")
        #expect(second.status == 200)
      }
    }

    @Test("A request that was refused before its body came is answered once")
    func refusedEarly() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      try await connection.send(
        head("th_\(String(repeating: "x", count: 43))", "Content-Length: 100\r\n")
          + #"{"visitorName":"Sam"}"#)
      #expect(try await connection.answer().status == 401)
      connection.finishSending()
      #expect(try await connection.waitForClose() == "")
    }

    @Test("A client that stops in the middle of a body leaves nothing behind")
    func truncated() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      try await connection.send(
        head(tenant.key, "Content-Length: 100\r\n") + #"{"visitorName":"Sam"}"#)
      connection.finishSending()
      let rest = try await connection.waitForClose()
      #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 400 "))
      #expect(try await tenant.client.get("/chat/conversations").json["total"] == 0)
    }
  }
}
