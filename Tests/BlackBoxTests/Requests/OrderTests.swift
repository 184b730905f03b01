import Testing

extension TacoHelp {
  @Suite("The order of checks") struct OrderTests {
    private let text = [("Content-Type", "text/plain")]

    @Test("The key comes before route, method, media type, size and body")
    func key() async throws {
      let client = try Stage.require().server.client(AuthenticationTests.unknown)
      let large = [UInt8](repeating: 0x20, count: 2 << 20)
      for answer in [
        try await client.get("/nothing"), try await client.send("DELETE", "/tickets"),
        try await client.send("POST", "/tickets", headers: text, body: Array("{".utf8)),
        try await client.get("/tickets?limit=0"),
        try await client.get("/tickets/\(Subjects.nobody.ticket)"),
      ] {
        #expect(answer.outcome == "401 unauthorized")
      }
      // The server may close before it has read all of a body that it does not want.
      if let answer = try? await client.send("POST", "/tickets", body: large) {
        #expect(answer.outcome == "401 unauthorized")
      }
    }

    @Test("The rate limit comes before the plan, and the plan's refusals count")
    func limitThenPlan() async throws {
      let tenant = try await Tenant.make(plan: "FREE", rateLimit: 2)
      for remaining in ["1", "0"] {
        let answer = try await tenant.client.get("/tickets")
        #expect(answer.outcome == "403 plan_required")
        #expect(answer.header("X-RateLimit-Remaining") == remaining)
      }
      #expect(try await tenant.client.get("/tickets").outcome == "429 rate_limited")
    }

    @Test("The plan comes before route, method, scope and body")
    func plan() async throws {
      let tenant = try await Tenant.make(plan: "FREE", scopes: ["chat:read"])
      for answer in [
        try await tenant.client.get("/nothing"), try await tenant.client.send("DELETE", "/tickets"),
        try await tenant.client.get("/tickets"),
        try await tenant.client.send("POST", "/tickets", headers: text, body: Array("{".utf8)),
      ] {
        #expect(answer.outcome == "403 plan_required")
      }
    }

    @Test("Every operation needs a plan with the API", arguments: Operation.allCases)
    func everyOperation(operation: Operation) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      try await tenant.stage.sql.run("select ops.set_plan('\(tenant.id)', 'free')")
      let before = try await tenant.fingerprint()
      #expect(try await operation.perform(tenant.client, subjects).outcome == "403 plan_required")
      #expect(try await tenant.fingerprint() == before)
      try await tenant.stage.sql.run("select ops.set_plan('\(tenant.id)', 'enterprise')")
      #expect(try await operation.perform(tenant.client, subjects).status == operation.status)
    }

    @Test("The rate limit comes before route, method and scope")
    func limit() async throws {
      let tenant = try await Tenant.make(scopes: ["chat:read"], rateLimit: 1)
      _ = try await tenant.client.get("/nothing")
      for answer in [
        try await tenant.client.get("/nothing"), try await tenant.client.send("DELETE", "/tickets"),
        try await tenant.client.get("/tickets"),
        try await tenant.client.send("POST", "/tickets", headers: text, body: Array("{".utf8)),
      ] {
        #expect(answer.outcome == "429 rate_limited")
      }
    }

    @Test("Route and method come before the scope")
    func route() async throws {
      let tenant = try await Tenant.make(scopes: ["chat:read"])
      #expect(
        try await tenant.client.send("DELETE", "/tickets").outcome == "405 method_not_allowed")
      #expect(try await tenant.client.get("/tickets/").outcome == "404 not_found")
      let id = Subjects.nobody.ticket
      #expect(try await tenant.client.get("/tickets/\(id)").outcome == "403 insufficient_scope")
    }

    @Test("The scope comes before media type, size and body")
    func scope() async throws {
      let tenant = try await Tenant.make(scopes: ["tickets:read"])
      let answers = [
        try await tenant.client.send("POST", "/tickets", headers: text, body: Array("{".utf8)),
        try await tenant.client.send("POST", "/tickets", body: Array("{".utf8)),
        try await tenant.client.post("/tickets", [:]),
        try await tenant.client.get("/chat/conversations?limit=0"),
      ]
      for answer in answers { #expect(answer.outcome == "403 insufficient_scope") }
    }

    @Test("The media type comes before the body")
    func mediaType() async throws {
      let tenant = try await Tenant.make()
      for body in ["{", "[]", "{}"] {
        let answer = try await tenant.client.send(
          "POST", "/tickets", headers: text, body: Array(body.utf8))
        #expect(answer.outcome == "415 unsupported_media_type")
      }
    }
  }
}
