import Cryptography
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Sessions") struct SessionTests {
  @Test("a session tells who is signed in, and only the token's hash is stored")
  func create() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, session) = try await fixture.session(account)
      #expect(session.user == account.user)
      #expect(session.organizationName == "Acme")
      #expect(session.plan == .pro)
      #expect(session.mayChangeSettings)
      let stored = try await fixture.database.psql(
        "select encode(hash, 'hex') = '\(Hex.encode(try SHA256.digest(of: token.text)))', s::text from helpdesk.sessions s"
      )
      #expect(stored.hasPrefix("t|"))
      #expect(!stored.contains(token.text))
      #expect(try SessionToken(parsing: token.text) == token)
      #expect(try SessionToken(parsing: token.text + "x") == nil)
      let other = try await Operations(fixture.pool).createOrganization(name: "B", plan: "pro")
      let store = SessionStore(fixture.pool)
      #expect(try await store.find(token, in: OrganizationID(stored: other)) == nil)
      #expect(try await store.find(.make(), in: account.organization) == nil)
    }
  }

  @Test(
    "a session ends when idle, when old, and with its user's rights",
    arguments: [
      "update helpdesk.sessions set last_seen_at = last_seen_at - interval '12 hours'",
      "update helpdesk.sessions set created_at = created_at - interval '7 days'",
      "update helpdesk.users set role = 'client'",
      "update helpdesk.users set password_hash = null",
      "delete from helpdesk.users",
    ])
  func end(sql: String) async throws {
    try await Fixture.with { fixture in
      let (token, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      let store = SessionStore(fixture.pool)
      #expect(try await store.list(token) == [session])
      try await fixture.database.psql(sql)
      #expect(try await store.find(token, in: session.organization) == nil)
      #expect(try await store.list(token).isEmpty)
    }
  }

  @Test("a request keeps a session alive, and writes at most once a minute")
  func use() async throws {
    try await Fixture.with { fixture in
      let (token, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      let store = SessionStore(fixture.pool)
      let seen = "select last_seen_at from helpdesk.sessions"
      let before = try await fixture.database.psql(seen)
      _ = try await store.find(token, in: session.organization)
      #expect(try await fixture.database.psql(seen) == before)
      try await fixture.database.psql(
        "update helpdesk.sessions set last_seen_at = last_seen_at - interval '11 hours'")
      #expect(try await store.find(token, in: session.organization) != nil)
      let isFresh = "select last_seen_at > now() - interval '1 minute' from helpdesk.sessions"
      #expect(try await fixture.database.psql(isFresh) == "t")
    }
  }

  @Test("one token may be good for several organizations, and ends in all of them")
  func several() async throws {
    try await Fixture.with { fixture in
      let other = try await Operations(fixture.pool).createOrganization(name: "Beta", plan: "free")
      let accounts = [
        try await fixture.account("ada@example.com"),
        try await fixture.account("Ada@example.com", role: "agent", in: other),
      ]
      _ = try await fixture.account("ada@example.org")
      let found = try await StaffAccountStore(fixture.pool).find(
        email: try fixture.email("ADA@example.com"))
      #expect(Set(found.map(\.user)) == Set(accounts.map(\.user)))
      let (store, token) = (SessionStore(fixture.pool), try SessionToken.make())
      // A password changed meanwhile is no password any more.
      var outdated = accounts[1]
      outdated.passwordHash = "$scrypt$other"
      #expect(try await store.create(.make(), for: [outdated]).isEmpty)
      #expect(try await store.create(token, for: accounts).count == 2)
      #expect(try await store.list(token).map(\.organizationName) == ["Acme", "Beta"])
      #expect(try await store.list(token).map(\.mayChangeSettings) == [true, false])
      try await store.delete(token)
      #expect(try await store.list(token).isEmpty)
    }
  }

  @Test("a new password ends every session of the user, once, and is on the audit trail")
  func password() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, session) = try await fixture.session(account)
      let (bystander, _) = try await fixture.session(try await fixture.account("bob@example.com"))
      let accounts = StaffAccountStore(fixture.pool)
      #expect(try await accounts.find(session) == account)
      #expect(try await accounts.update(account, passwordHash: "$scrypt$new", from: "192.0.2.1"))
      #expect(try await !accounts.update(account, passwordHash: "$scrypt$newer", from: nil))
      let store = SessionStore(fixture.pool)
      #expect(try await store.find(token, in: account.organization) == nil)
      #expect(try await store.find(bystander, in: account.organization) != nil)
      let events = try await AuditTrail(fixture.pool).list(
        account.organization, AuditTrail.Filter(actor: .person(account.user)), before: nil, limit: 9
      )
      #expect(events.map(\.action) == ["user.password_changed"])
      #expect(events.map(\.address) == ["192.0.2.1"])
    }
  }

  @Test("signing out everywhere ends a user's sessions and nobody else's")
  func everywhere() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, session) = try await fixture.session(account)
      let (second, _) = try await fixture.session(account)
      let (bystander, _) = try await fixture.session(try await fixture.account("bob@example.com"))
      let store = SessionStore(fixture.pool)
      try await store.deleteAll(of: session, from: nil)
      #expect(try await store.find(token, in: account.organization) == nil)
      #expect(try await store.find(second, in: account.organization) == nil)
      #expect(try await store.find(bystander, in: account.organization) != nil)
    }
  }

  @Test("signing in sweeps out what has expired in the organization")
  func sweep() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      for _ in 0..<3 { _ = try await fixture.session(account) }
      try await fixture.database.psql(
        "update helpdesk.sessions set last_seen_at = last_seen_at - interval '13 hours'")
      _ = try await fixture.session(account)
      #expect(try await fixture.database.psql("select count(*) from helpdesk.sessions") == "1")
    }
  }
}
