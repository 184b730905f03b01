import TestSupport
import Testing

extension TacoHelp {
  @Suite("The rate limit") struct RateLimitTests {
    /// How many of `count` requests at once, spread over both servers, are admitted.
    private func storm(_ tenant: Tenant, _ count: Int) async throws -> Int {
      let clients = [try tenant.client, try tenant.otherClient]
      return try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<count {
          group.addTask {
            let answer = try await clients[index % 2].get("/tickets?limit=1")
            #expect(["200", "429 rate_limited"].contains(answer.outcome))
            return answer.status == 200 ? 1 : 0
          }
        }
        return try await group.reduce(0, +)
      }
    }

    /// Makes the key's counted requests older, as if so much time had passed.
    private func pass(_ seconds: Double, _ tenant: Tenant, first: Int = 1000) async throws {
      try await tenant.stage.sql.run(
        """
        update helpdesk.rate_limits r
           set version = version + 1, hits = array(
                 select case when n <= \(first) then hit - interval '\(seconds) s' else hit end
                   from unnest(r.hits) with ordinality as h (hit, n) order by n)
         where key_id = \(Tenant.keyID(tenant.key))
        """)
    }

    @Test("Of 200 requests at once over two servers exactly 100 are admitted")
    func exact() async throws {
      let tenant = try await Tenant.make()
      #expect(try await storm(tenant, 200) == 100)
      #expect(try await storm(tenant, 20) == 0)
    }

    @Test("A key may have another limit, and each key has its own", arguments: [1, 7, 250])
    func otherLimits(limit: Int) async throws {
      let tenant = try await Tenant.make(rateLimit: limit)
      #expect(try await storm(tenant, limit + 30) == limit)
      let key = try await tenant.makeKey(rateLimit: limit)
      #expect(try await tenant.stage.server.client(key).get("/tickets").status == 200)
    }

    @Test("A limit above 1,000 is never exceeded either")
    func slots() async throws {
      let tenant = try await Tenant.make(rateLimit: 1100)
      #expect(try await storm(tenant, 1200) == 1100)
      let refused = try await tenant.client.get("/tickets")
      #expect(refused.outcome == "429 rate_limited")
      #expect(refused.header("X-RateLimit-Limit") == "1100")
      #expect(Int(refused.header("Retry-After") ?? "").map { (1...61).contains($0) } == true)
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
      // Before the time it is still refused.
      try await pass(wait - 12, tenant)
      let early = try await tenant.client.get("/tickets")
      #expect(early.outcome == "429 rate_limited")
      let rest = try #require(early.header("Retry-After").flatMap { Double($0) })
      #expect(rest >= 1 && rest <= 12)
      try await pass(rest, tenant)
      #expect(try await tenant.client.get("/tickets").status == 200)
    }

    @Test("What is older than 60 seconds is free again, the rest is not")
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

    @Test("A refused request writes nothing")
    func refusalsWriteNothing() async throws {
      let tenant = try await Tenant.make(rateLimit: 5)
      #expect(try await storm(tenant, 5) == 5)
      // The key's last use is noted once, beside the requests.
      try await eventually("last_used_at was set") {
        try await tenant.stage.sql.run(
          "select last_used_at is not null from helpdesk.api_keys where org_id = '\(tenant.id)'"
        ) == "t"
      }
      let row = """
        select r.ctid, r.xmin, r.version, cardinality(r.hits), k.ctid, k.xmin
          from helpdesk.rate_limits r
          join helpdesk.api_keys k on k.org_id = r.org_id and k.id = r.key_id
         where r.key_id = \(Tenant.keyID(tenant.key))
        """
      let before = try await tenant.stage.sql.run(row)
      #expect(try await storm(tenant, 60) == 0)
      #expect(try await tenant.stage.sql.run(row) == before)
    }

    @Test("A refused request changes nothing in the organization")
    func refusalsDoNothing() async throws {
      let tenant = try await Tenant.make(rateLimit: 1)
      let subjects = try await Subjects.make(tenant)
      _ = try await tenant.client.get("/tickets")
      let before = try await tenant.fingerprint()
      for operation in Operation.allCases {
        let answer = try await operation.perform(tenant.client, subjects)
        #expect(answer.outcome == "429 rate_limited")
      }
      #expect(try await tenant.fingerprint() == before)
    }

    @Test("A revoked key gets 401, not 429, however much it has used")
    func revoked() async throws {
      let tenant = try await Tenant.make(rateLimit: 1)
      _ = try await tenant.client.get("/tickets")
      #expect(try await tenant.client.get("/tickets").status == 429)
      try await tenant.stage.sql.run("select ops.revoke_api_key(\(Tenant.keyID(tenant.key)))")
      #expect(try await tenant.client.get("/tickets").outcome == "401 unauthorized")
      #expect(try await tenant.otherClient.get("/tickets").outcome == "401 unauthorized")
    }
  }
}
