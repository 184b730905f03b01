import TestSupport
import Testing

extension TacoHelp {
  @Suite("Behind proxies") struct ProxyTests {
    /// Requests that are answered before they are read completely, and the answers' statuses.
    private func early(
      _ tenant: Tenant, fields: (count: Int, length: Int)? = (97, 1)
    ) async throws -> [JSON] {
      func request(
        _ status: Int, _ method: String = "POST",
        _ path: String = "/api/external/chat/conversations", key: String? = nil,
        type: String = "application/json", size: Int = 15 << 16
      ) -> JSON {
        [
          "status": .int(status), "method": .string(method), "path": .string(path),
          "size": .int(size),
          "headers": [
            "Authorization": .string("Bearer \(key ?? tenant.key)"), "Content-Type": .string(type),
          ],
        ]
      }
      let reader = try await tenant.makeKey(scopes: ["chat:read"], rateLimit: 100_000)
      let spent = try await tenant.makeKey(rateLimit: 1)
      _ = try await tenant.stage.server.client(spent).get("/tickets")
      let large = fields.map { fields in
        (0..<fields.count).reduce(request(431)["headers"] ?? .null) { headers, number in
          headers.with("X-Field-\(number)", .string(String(repeating: "x", count: fields.length)))
        }
      }
      return [
        request(401, key: "no key"),
        request(401, key: AuthenticationTests.unknown),
        request(403, key: reader),
        request(404, "POST", "/api/external/nothing"),
        request(405, "PUT"),
        request(413, size: 3 << 19),
        request(415, type: "text/plain"),
        request(429, key: spent),
      ] + (large.map { [request(431).with("headers", $0)] } ?? [])
    }

    @Test(
      "Whatever is answered early, no client sees another status than the server's",
      arguments: ReverseProxy.allCases)
    func earlyAnswers(proxy: ReverseProxy) async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let cases = try await early(tenant, fields: proxy.fieldsTooMuch)
      let servers = [tenant.stage.server.port, tenant.stage.otherServer.port]
      try await proxy.with(servers: servers) { port in
        let output = try await TestPython.run(
          "early_answers.py",
          ["proxied", "http://127.0.0.1:\(port)", "2", JSON.array(cases).encoded])
        #expect(output == "\(10 * cases.count) of \(10 * cases.count)\n")
      }
    }

    @Test("Without a proxy urllib and curl have every early answer too")
    func direct() async throws {
      let tenant = try await Tenant.make(rateLimit: 100_000)
      let cases = try await early(tenant)
      let output = try await TestPython.run(
        "early_answers.py",
        ["direct", "http://127.0.0.1:\(tenant.stage.server.port)", "2", JSON.array(cases).encoded])
      #expect(output == "90 of 90\n")
    }
  }
}
