import TestSupport
import Testing

extension TacoHelp {
  @Suite("Headers of the rate limit") struct RateLimitHeaderTests {
    /// Checks all headers of an answer that left `remaining` of `limit` requests.
    private func check(_ answer: Answer, limit: Int, remaining: Int, now: Int) async throws {
      #expect(answer.header("X-RateLimit-Limit") == "\(limit)")
      #expect(answer.header("X-RateLimit-Remaining") == "\(remaining)")
      let reset = try #require(answer.header("X-RateLimit-Reset").flatMap { Int($0) })
      #expect(answer.header("RateLimit-Policy") == "\"default\";q=\(limit);w=60")
      let draft = try #require(answer.header("RateLimit"))
      let match = try #require(try /"default";r=(\d+);t=(\d+)/.wholeMatch(in: draft))
      #expect(match.1 == "\(remaining)")
      let seconds = try #require(Int(match.2))
      #expect((1...61).contains(seconds))
      // The answer was given at some time between then and now.
      let later = try await self.now()
      #expect((now...later + 1).contains(reset - seconds))
      if answer.status == 429 {
        #expect(answer.header("Retry-After") == "\(seconds)")
      } else {
        #expect(answer.header("Retry-After") == nil)
      }
    }

    private func now() async throws -> Int {
      try await Stage.require().sql.int(
        "select floor(extract(epoch from clock_timestamp()))::bigint")
    }

    @Test("Every answer after authentication has them, and counts, errors too")
    func everyAnswer() async throws {
      let tenant = try await Tenant.make(scopes: ["tickets:write", "tickets:read"], rateLimit: 20)
      let subjects = try await Subjects.make(tenant)
      let client = try tenant.client
      let now = try await now()
      let text = [("Content-Type", "text/plain")]
      let answers = [
        try await client.get("/tickets"), try await client.get("/tickets?limit=0"),
        try await client.get("/nothing"), try await client.get("/tickets/"),
        try await client.send("DELETE", "/tickets"), try await client.get("/chat/conversations"),
        try await client.get("/tickets/\(Subjects.nobody.ticket)"),
        try await client.send("POST", "/tickets", headers: text, body: Array("{}".utf8)),
        try await client.send("POST", "/tickets", body: Array("{".utf8)),
        try await client.post("/tickets", [:]), try await client.send("HEAD", "/tickets"),
        try await Operation.createTicket.perform(client, subjects),
        try await Operation.merge.perform(client, subjects),
        try await Operation.updateTicket.perform(client, subjects),
      ]
      let expected = [200, 400, 404, 404, 405, 403, 404, 415, 400, 400, 200, 201, 200, 400]
      #expect(answers.map(\.status) == expected)
      for (index, answer) in answers.enumerated() {
        try await check(answer, limit: 20, remaining: 19 - index, now: now)
      }
    }

    @Test(
      "A body that is too large counts; a plan without the API and a large limit are told as well")
    func others() async throws {
      let tenant = try await Tenant.make()
      let now = try await now()
      let large = try await tenant.client.send(
        "POST", "/tickets", body: [UInt8](repeating: 0x20, count: (1 << 20) + 1))
      #expect(large.status == 413)
      try await check(large, limit: 100, remaining: 99, now: now)
      let free = try await Tenant.make(plan: "FREE").client
      try await check(try await free.get("/tickets"), limit: 100, remaining: 99, now: now)
      let rich = try await Tenant.make(rateLimit: 1_000_000).client
      for remaining in [999_999, 999_998] {
        let answer = try await rich.get("/tickets")
        try await check(answer, limit: 1_000_000, remaining: remaining, now: now)
      }
    }

    @Test("A refusal says when to come back")
    func refused() async throws {
      let tenant = try await Tenant.make(rateLimit: 1)
      let now = try await now()
      try await check(try await tenant.client.get("/tickets"), limit: 1, remaining: 0, now: now)
      for client in [try tenant.client, try tenant.otherClient] {
        let refused = try await client.get("/tickets")
        #expect(refused.outcome == "429 rate_limited")
        try await check(refused, limit: 1, remaining: 0, now: now)
      }
      let head = try await tenant.client.send("HEAD", "/tickets")
      #expect(head.status == 429)
      try await check(head, limit: 1, remaining: 0, now: now)
    }

    @Test("The two servers report the same count")
    func shared() async throws {
      let tenant = try await Tenant.make()
      let now = try await now()
      for remaining in stride(from: 98, through: 90, by: -2) {
        _ = try await tenant.client.get("/tickets")
        try await check(
          try await tenant.otherClient.get("/tickets"), limit: 100, remaining: remaining, now: now)
      }
    }

    @Test("Reset is when the oldest request leaves the window, not when all do")
    func reset() async throws {
      let tenant = try await Tenant.make()
      _ = try await tenant.client.get("/tickets")
      try await tenant.sql.run(
        """
        update helpdesk.rate_limits
           set version = version + 1, hits = array[clock_timestamp() - interval '50 s']
         where key_id = \(Tenant.keyID(tenant.key))
        """)
      let now = try await now()
      let answer = try await tenant.client.get("/tickets")
      let reset = try #require(answer.header("X-RateLimit-Reset").flatMap { Int($0) })
      #expect((now + 8...now + 12).contains(reset))
      #expect(answer.header("X-RateLimit-Remaining") == "98")
    }

  }
}
