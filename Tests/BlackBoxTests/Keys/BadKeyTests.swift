import TestSupport
import Testing

extension TacoHelp {
  @Suite("Many bad keys from one address") struct BadKeyTests {
    /// The number of units of work that the server has sent to the database.
    private func units(_ server: Server) async throws -> Int {
      let lines = try await server.site.get("/metrics").body.split(separator: "\n")
      return lines.filter { $0.hasPrefix("postgres_unit_duration_seconds_count") }
        .reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
    }

    private func unknown() -> String {
      let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
      return "th_" + String((0..<43).map { _ in letters.randomElement() ?? "A" })
    }

    @Test(
      "They are refused without asking the database; good ones of the same address, new ones of it and all of others go on"
    )
    func flood() async throws {
      try await Tenant.withServer { tenant in
        let server = tenant.server
        func ask(_ key: String, from address: String = "198.51.100.7") async throws -> Answer {
          try await server.client(key).send(
            "GET", "/tickets?limit=1", headers: [("X-Forwarded-For", address)])
        }
        #expect(try await ask(tenant.key).status == 200)
        for _ in 0...300 { #expect(try await ask(unknown()).outcome == "401 unauthorized") }
        let bad = unknown()
        _ = try await ask(bad)
        let before = try await units(server)
        for _ in 0..<200 {
          let answer = try await ask(bad)
          #expect(answer.outcome == "429 rate_limited")
          let wait = try #require(answer.header("Retry-After").flatMap { Int($0) })
          #expect((1...60).contains(wait))
          #expect(answer.header("X-RateLimit-Limit") == nil)
        }
        #expect(try await units(server) - before < 20)

        for _ in 0..<20 { #expect(try await ask(tenant.key).status == 200) }
        #expect(try await ask(tenant.makeKey()).status == 200)
        #expect(try await ask(unknown(), from: "198.51.100.8").status == 401)
        #expect(try await ask("th_short").status == 401)
        // Recently admitted keys are still looked up.
        try await tenant.sql.run("select ops.revoke_api_key(\(Tenant.keyID(tenant.key)))")
        #expect(try await ask(tenant.key).outcome == "401 unauthorized")
        let metrics = try await server.site.get("/metrics").body
        #expect(metrics.contains("api_keys_throttled_total 200"))
      }
    }
  }
}
