import TestSupport
import Testing

extension TacoHelp {
  @Suite("tacohelp key") struct KeyCommandTests {
    @Test("key create prints the key alone, and it works")
    func create() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let outcome = try await person.run(
        "key", "create", "--org", tenant.id, "--name", "reader", "--scopes",
        "tickets:read,chat:read", "--rate-limit", "7")
      #expect(outcome.status == 0)
      #expect(outcome.standardOutput.wholeMatch(of: /th_[A-Za-z0-9_-]{43}\n/) != nil)
      #expect(outcome.standardError == "")
      let client = try tenant.server.client(outcome.line)
      let answer = try await client.get("/tickets")
      #expect(answer.status == 200)
      #expect(answer.header("X-RateLimit-Limit") == "7")
      #expect(try await client.get("/chat/conversations").status == 200)
      #expect(try await client.post("/tickets", [:]).outcome == "403 insufficient_scope")
      let stored = try await tenant.sql.run(
        "select k::text from helpdesk.api_keys k where id = \(Tenant.keyID(outcome.line))")
      #expect(!stored.contains(outcome.line.dropFirst(9)))
    }

    @Test("key list tells id, name, prefix, scopes, limit and state")
    func list() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      let keys = [
        tenant.key,
        try await person.run(
          "key", "create", "--org", tenant.id, "--name", "short", "--scopes", "chat:write",
          "--expires-in", "1s", "--rate-limit", "1000000"
        ).line,
        try await person.run(
          "key", "create", "--org", tenant.id, "--name", "long", "--scopes",
          "tickets:write,tickets:read", "--expires-in", "90d"
        ).line,
      ]
      let rows = try await person.list("key", "list", "--org", tenant.id)
      #expect(rows.map(\.count) == [6, 6, 6])
      #expect(rows.allSatisfy { $0[0].wholeMatch(of: /c[a-z0-9]{24}/) != nil })
      #expect(rows.map { $0[1] } == ["test", "short", "long"])
      #expect(rows.map { $0[2] } == keys.map { "\($0.prefix(9))…" })
      #expect(rows.map { $0[3] } == ["*", "chat:write", "tickets:write,tickets:read"])
      #expect(rows.map { $0[4] } == ["100", "1000000", "100"])
      let revoked = try await person.run("key", "revoke", rows[2][0])
      #expect(revoked.status == 0)
      #expect(revoked.standardOutput == "")
      try await eventually("the short one has expired") {
        try await tenant.server.client(keys[1]).get("/chat/conversations").status == 401
      }
      let states = try await person.list("key", "list", "--org", tenant.id).map { $0[5] }
      #expect(Set(states).count == 3)
      #expect(states[1] == "expired")
      #expect(states[2] == "revoked")
      #expect(try await tenant.server.client(keys[2]).get("/tickets").status == 401)
      #expect(try await person.run("key", "revoke", rows[2][0]).status == 0)
    }

    @Test("Control characters are listed escaped")
    func escapes() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      _ = try await person.run(
        "key", "create", "--org", tenant.id, "--name", "Red \u{1b}[31m\u{9b}2J\nü", "--scopes", "*")
      let rows = try await person.list("key", "list", "--org", tenant.id)
      #expect(rows.map { $0[1] } == ["test", "Red \\u{1b}[31m\\u{9b}2J ü"])
    }

    @Test("An expiry is so long from now")
    func expiry() async throws {
      let (person, tenant) = (try Operator(), try await Tenant.make())
      for (argument, seconds) in [("90s", 90), ("5m", 300), ("2h", 7200), ("90d", 7_776_000)] {
        let key = try await person.run(
          "key", "create", "--org", tenant.id, "--name", "x", "--scopes", "*", "--expires-in",
          argument
        ).line
        let life = try await tenant.sql.int(
          """
          select extract(epoch from expires_at - created_at)::int from helpdesk.api_keys
           where id = \(Tenant.keyID(key))
          """)
        #expect(abs(life - seconds) <= 1)
      }
    }
  }
}
