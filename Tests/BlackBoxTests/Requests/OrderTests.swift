import TestSupport
import Testing

extension TacoHelp {
  @Suite("The order of checks") struct OrderTests {
    /// Requests with a fault in everything that is checked later.
    private enum Request: CaseIterable {
      case route, method, mediaType, body, id, query, chat

      func send(_ client: APIClient) async throws -> Answer {
        switch self {
        case .route: try await client.get("/nothing")
        case .method: try await client.send("DELETE", "/tickets")
        case .mediaType:
          try await client.send(
            "POST", "/tickets", headers: [("Content-Type", "text/plain")], body: Array("{".utf8))
        case .body: try await client.send("POST", "/tickets", body: Array("{".utf8))
        case .id: try await client.get("/tickets/\(Subjects.nobody.ticket)")
        case .query: try await client.get("/tickets?limit=0")
        case .chat: try await client.get("/chat/conversations?limit=0")
        }
      }
    }

    private func check(
      _ client: APIClient, _ outcome: String, _ requests: [Request] = Request.allCases
    ) async throws {
      for request in requests {
        #expect(try await request.send(client).outcome == outcome, "\(request)")
      }
    }

    @Test("The key comes before route, method, media type, size and body")
    func key() async throws {
      let client = try Stage.require().server.client(AuthenticationTests.unknown)
      try await check(client, "401 unauthorized")
      // The server may close before it has read all of a body that it does not want.
      let large = [UInt8](repeating: 0x20, count: 2 << 20)
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
      try await check(tenant.client, "429 rate_limited")
    }

    @Test("Plan and rate limit come before route, method, scope and body")
    func planAndLimit() async throws {
      let free = try await Tenant.make(plan: "FREE", scopes: ["chat:read"])
      try await check(free.client, "403 plan_required")
      let spent = try await Tenant.make(scopes: ["chat:read"], rateLimit: 1)
      _ = try await spent.client.get("/nothing")
      try await check(spent.client, "429 rate_limited")
    }

    @Test("Route and method come before the scope, the scope before media type and body")
    func scope() async throws {
      let reader = try await Tenant.make(scopes: ["chat:read"]).client
      try await check(reader, "404 not_found", [.route])
      try await check(reader, "405 method_not_allowed", [.method])
      try await check(reader, "403 insufficient_scope", [.id, .query, .mediaType, .body])
      let other = try await Tenant.make(scopes: ["tickets:read"]).client
      try await check(other, "403 insufficient_scope", [.mediaType, .body, .chat])
    }

    @Test("The media type comes before the body")
    func mediaType() async throws {
      let client = try await Tenant.make().client
      for body in ["{", "[]", "{}"] {
        let answer = try await client.send(
          "POST", "/tickets", headers: [("Content-Type", "text/plain")], body: Array(body.utf8))
        #expect(answer.outcome == "415 unsupported_media_type")
      }
    }
  }
}
