import TestSupport
import Testing

extension TacoHelp {
  @Suite("Request ids") struct RequestIDTests {
    @Test(
      "The caller's own id is echoed, in answers and errors",
      arguments: ["a", "0123456789", "A-Z_a.z", "...", String(repeating: "x", count: 128)])
    func own(id: String) async throws {
      let tenant = try await Tenant.make()
      let headers = [("X-Request-Id", id)]
      for path in ["/tickets", "/nothing", "/tickets?limit=0"] {
        let answer = try await tenant.client.send("GET", path, headers: headers)
        #expect(answer.header("X-Request-Id") == id)
        if answer.status != 200 { #expect(answer.json["error"]?["requestId"]?.string == id) }
      }
      for client in [try tenant.server.client(), try tenant.server.site] {
        for path in ["/tickets", "/healthz", "/no-such-page"] {
          let answer = try await client.send("GET", path, headers: headers)
          #expect(answer.header("X-Request-Id") == id)
        }
      }
    }

    @Test(
      "Anything else is replaced by a new one",
      arguments: [
        "", "a b", "a/b", "é", "a,b", "a:b", "<script>", String(repeating: "x", count: 129),
      ])
    func replaced(id: String) async throws {
      let tenant = try await Tenant.make()
      let answer = try await tenant.client.send("GET", "/tickets", headers: [("X-Request-Id", id)])
      let given = try #require(answer.header("X-Request-Id"))
      #expect(given != id)
      #expect(given.wholeMatch(of: /[A-Za-z0-9._-]{1,128}/) != nil)
    }

    @Test("Each request without an id gets one of its own")
    func new() async throws {
      let tenant = try await Tenant.make()
      var ids: Set<String> = []
      for _ in 0..<20 {
        ids.insert(try await tenant.client.get("/tickets").header("X-Request-Id") ?? "")
      }
      #expect(ids.count == 20)
    }
  }
}
