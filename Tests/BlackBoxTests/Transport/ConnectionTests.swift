import TestSupport
import Testing

extension TacoHelp {
  @Suite("Connections") struct ConnectionTests {
    /// A GET of the API with a key.
    static func get(_ path: String, _ key: String, headers: String = "") -> String {
      "GET /api/external\(path) HTTP/1.1\r\nHost: taco\r\n"
        + "Authorization: Bearer \(key)\r\n\(headers)\r\n"
    }

    /// A POST of a new conversation.
    static func post(_ key: String, _ name: String, headers: String = "") -> String {
      let body = #"{"visitorName":"\#(name)"}"#
      return "POST /api/external/chat/conversations HTTP/1.1\r\nHost: taco\r\n"
        + "Authorization: Bearer \(key)\r\n\(headers)"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("A connection serves one request after the other")
    func keepAlive() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      for _ in 0..<3 {
        #expect(try await connection.exchange(Self.get("/tickets", tenant.key)).status == 200)
        #expect(try await connection.exchange(Self.get("/nothing", tenant.key)).status == 404)
        #expect(try await connection.exchange(Self.post(tenant.key, "Sam")).status == 201)
        let answer = try await connection.exchange(Self.get("/tickets", "th_x"))
        #expect(answer.status == 401)
        #expect(answer.header("Connection")?.lowercased() != "close")
      }
    }

    @Test("Ten requests sent at once are answered in their order")
    func pipelining() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let requests = (0..<10).map { index in
        let id = "X-Request-Id: number-\(index)\r\n"
        return switch index % 4 {
        case 0: Self.get("/tickets", tenant.key, headers: id)
        case 1: Self.post(tenant.key, "Sam \(index)", headers: id)
        case 2: "HEAD /healthz HTTP/1.1\r\nHost: taco\r\n\(id)\r\n"
        default: Self.get("/chat/conversations?limit=x", tenant.key, headers: id)
        }
      }
      try await connection.send(requests.joined())
      for index in requests.indices {
        let answer = try await connection.answer(isHead: index % 4 == 2)
        #expect(answer.header("X-Request-Id") == "number-\(index)")
        #expect(answer.status == [200, 201, 200, 400][index % 4])
      }
    }

    @Test("A pipelined write is seen by the read behind it")
    func pipelinedOrder() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let list = Self.get("/chat/conversations", tenant.key)
      try await connection.send(
        (1...5).map { Self.post(tenant.key, "Sam \($0)") + list }.joined())
      for index in 1...5 {
        #expect(try await connection.answer().status == 201)
        #expect(try await connection.answer().json["total"] == .int(index))
      }
    }

    @Test("Connection: close is echoed, and the connection closed")
    func close() async throws {
      let tenant = try await Tenant.make()
      for value in ["close", "Close", "close, x-nothing"] {
        let connection = try tenant.stage.server.connect()
        let answer = try await connection.exchange(
          Self.get("/tickets", tenant.key, headers: "Connection: \(value)\r\n"))
        #expect(answer.status == 200)
        #expect(answer.header("Connection")?.lowercased() == "close")
        #expect(try await connection.waitForClose() == "")
      }
    }

    @Test("Requests pipelined behind Connection: close are not answered")
    func afterClose() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      try await connection.send(
        Self.post(tenant.key, "One", headers: "Connection: close\r\n")
          + Self.post(tenant.key, "Two"))
      #expect(try await connection.answer().status == 201)
      #expect(try await connection.waitForClose() == "")
      #expect(try await tenant.client.get("/chat/conversations").json["total"] == 1)
    }

    @Test("A client that has closed its half still gets its answer")
    func halfClose() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      try await connection.send(Self.get("/tickets", tenant.key) + Self.post(tenant.key, "Sam"))
      connection.finishSending()
      #expect(try await connection.answer().status == 200)
      #expect(try await connection.answer().status == 201)
      #expect(try await connection.waitForClose() == "")
    }

    @Test("HTTP/1.0 is answered, and the connection closed unless asked to stay")
    func http10() async throws {
      let tenant = try await Tenant.make()
      let request =
        "GET /api/external/tickets HTTP/1.0\r\nAuthorization: Bearer \(tenant.key)\r\n"
      let connection = try tenant.stage.server.connect()
      #expect(try await connection.exchange("\(request)\r\n").status == 200)
      #expect(try await connection.waitForClose() == "")
      let staying = try tenant.stage.server.connect()
      for _ in 0..<2 {
        let answer = try await staying.exchange("\(request)Connection: Keep-Alive\r\n\r\n")
        #expect(answer.status == 200)
        #expect(answer.header("Connection")?.lowercased() == "keep-alive")
      }
      let last = try await staying.exchange("\(request)\r\n")
      #expect(last.header("Connection")?.lowercased() == "close")
      #expect(try await staying.waitForClose() == "")
    }

    @Test("ab -k, which speaks HTTP/1.0, keeps its connections")
    func apacheBench() async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let report = try await TestProcess.run(
        "ab",
        [
          "-k", "-n", "200", "-c", "4", "-H", "Authorization: Bearer \(tenant.key)",
          "http://127.0.0.1:\(tenant.stage.server.port)/api/external/tickets",
        ])
      func number(_ name: String) -> String? {
        report.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: " ").last
          .map(String.init)
      }
      #expect(number("Complete requests:") == "200")
      #expect(number("Failed requests:") == "0")
      #expect(number("Keep-Alive requests:") == "200")
    }

    @Test("A request that arrives byte by byte is read as one that comes at once")
    func byteByByte() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      for byte in Self.post(tenant.key, "Sam").utf8 { try await connection.send([byte]) }
      #expect(try await connection.answer().status == 201)
    }

    @Test("Empty lines before a request are passed over")
    func emptyLines() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      for _ in 0..<2 {
        let answer = try await connection.exchange("\r\n" + Self.get("/tickets", tenant.key))
        #expect(answer.status == 200)
      }
    }

    @Test("A target in absolute form is the same as in origin form")
    func absoluteForm() async throws {
      let tenant = try await Tenant.make()
      let connection = try tenant.stage.server.connect()
      let answer = try await connection.exchange(
        "GET http://taco/api/external/tickets?limit=7 HTTP/1.1\r\nHost: taco\r\n"
          + "Authorization: Bearer \(tenant.key)\r\n\r\n")
      #expect(answer.status == 200)
      #expect(answer.json["limit"] == 7)
      let refused = try await connection.exchange(
        "GET http://taco/api/external/tickets HTTP/1.1\r\nHost: taco\r\n\r\n")
      #expect(refused.status == 401)
    }

    @Test("OPTIONS * asks about the server, and breaks nothing")
    func asterisk() async throws {
      let connection = try Stage.require().server.connect()
      let answer = try await connection.exchange("OPTIONS * HTTP/1.1\r\nHost: taco\r\n\r\n")
      #expect(answer.status < 500)
      let next = try await connection.exchange("GET /healthz HTTP/1.1\r\nHost: taco\r\n\r\n")
      #expect(next.status == 200)
    }

    /// Requests of the tenant's key that were admitted, once no more are: ten looks in a row the same.
    private func admitted(_ tenant: Tenant) async throws -> Int {
      var (before, same) = (-1, 0)
      try await eventually("the server waits", within: .seconds(30)) {
        let used = try await tenant.stage.sql.run(
          "select used from helpdesk.rate_limits where key_id = \(Tenant.keyID(tenant.key))")
        let now = Int(used) ?? 0
        same = now == before ? same + 1 : 0
        before = now
        return now > 0 && same == 10
      }
      return before
    }

    @Test("A client that goes away is not worked for any more")
    func gone() async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let count = 3000
      do {
        let connection = try tenant.stage.server.connect()
        try await connection.send(String(repeating: Self.get("/tickets", tenant.key), count: count))
        #expect(try await connection.answer().status == 200)
      }
      #expect(try await admitted(tenant) < count)
    }

    @Test(
      "A client that asks much and reads nothing is answered no further than it reads",
      arguments: [false, true])
    func slowReader(hasFinished: Bool) async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let ticket = try await tenant.makeTicket([
        "description": .string(String(repeating: "Long. ", count: 8000))
      ])
      let path = "/tickets/\(try #require(ticket["id"]?.string))"
      let connection = try tenant.stage.server.connect()
      let count = 1000
      try await connection.send(
        String(repeating: Self.get(path, tenant.key), count: count))
      if hasFinished { connection.finishSending() }
      #expect(try await admitted(tenant) < count)
      for _ in 0..<count { #expect(try await connection.answer().status == 200) }
    }

    @Test("Requests of a client that goes away without waiting are still answered")
    func abandoned() async throws {
      let tenant = try await Tenant.make()
      for _ in 0..<20 {
        let connection = try tenant.stage.server.connect()
        try await connection.send(Self.post(tenant.key, "Gone"))
      }
      try await eventually("all was done") {
        try await tenant.client.get("/chat/conversations?limit=1").json["total"] == 20
      }
    }
  }
}
