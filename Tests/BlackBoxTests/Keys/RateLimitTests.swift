import TestSupport
import Testing

extension TacoHelp {
  @Suite("The rate limit") struct RateLimitTests {
    /// The number of requests admitted out of `count` at once, spread over both servers.
    private func storm(_ tenant: Tenant, _ count: Int) async throws -> Int {
      let clients = [try tenant.client, try tenant.otherClient]
      return try await atOnce(count) { index in
        let answer = try await clients[index % 2].get("/tickets?limit=1")
        #expect(["200", "429 rate_limited"].contains(answer.outcome))
        return answer.status == 200 ? 1 : 0
      }.reduce(0, +)
    }

    /// Makes the key's counted requests older, as if this much time had passed.
    private func pass(_ seconds: Double, _ tenant: Tenant, first: Int = 1000) async throws {
      try await tenant.sql.run(
        """
        update helpdesk.rate_limits r
           set version = version + 1, hits = array(
                 select case when n <= \(first) then hit - interval '\(seconds) s' else hit end
                   from unnest(r.hits) with ordinality as h (hit, n) order by n)
         where key_id = \(Tenant.keyID(tenant.key))
        """)
    }

    @Test(
      "Exactly the limit is admitted of many requests at once over two servers, for each key",
      arguments: [1, 7, 100, 250, 1100])
    func exact(limit: Int) async throws {
      let tenant = try await Tenant.make(rateLimit: limit)
      #expect(try await storm(tenant, limit + 100) == limit)
      let refused = try await tenant.client.get("/tickets")
      #expect(refused.outcome == "429 rate_limited")
      #expect(refused.header("X-RateLimit-Limit") == "\(limit)")
      #expect(Int(refused.header("Retry-After") ?? "").map { (1...61).contains($0) } == true)
      let key = try await tenant.makeKey(rateLimit: limit)
      #expect(try await tenant.server.client(key).get("/tickets").status == 200)
    }

    @Test(
      "A client that waits exactly as long as Retry-After says is admitted, and not before",
      arguments: [1, 20, 100])
    func retryAfter(limit: Int) async throws {
      let tenant = try await Tenant.make(rateLimit: limit)
      #expect(try await storm(tenant, limit) == limit)
      let refused = try await tenant.client.get("/tickets")
      #expect(refused.outcome == "429 rate_limited")
      let wait = try #require(refused.header("Retry-After").flatMap { Double($0) })
      #expect(wait >= 40 && wait <= 60)
      // Shortly before that time it is still refused.
      try await pass(wait - 12, tenant)
      let early = try await tenant.client.get("/tickets")
      #expect(early.outcome == "429 rate_limited")
      let rest = try #require(early.header("Retry-After").flatMap { Double($0) })
      #expect(rest >= 1 && rest <= 12)
      try await pass(rest, tenant)
      #expect(try await tenant.client.get("/tickets").status == 200)
    }

    @Test("Requests older than 60 seconds no longer count, younger ones do")
    func sliding() async throws {
      let tenant = try await Tenant.make()
      #expect(try await storm(tenant, 100) == 100)
      try await pass(60, tenant, first: 40)
      #expect(try await storm(tenant, 60) == 40)
      try await pass(30, tenant)
      #expect(try await storm(tenant, 10) == 0)
      try await pass(30, tenant, first: 60)
      #expect(try await storm(tenant, 80) == 60)
    }

  }
}
