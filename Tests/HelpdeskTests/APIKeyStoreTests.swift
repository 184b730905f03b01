import TestSupport
import Testing

@testable import Helpdesk

@Suite("API keys of an organization") struct APIKeyStoreTests {
  private func draft(_ submission: String = "0123456789abcdef") -> APIKey.Draft {
    APIKey.Draft(
      name: "ci", scopes: ["tickets:read", "chat:read"], rateLimit: 7, expiresInDays: 30,
      submission: submission)
  }

  @Test("a key made here is admitted, listed with its maker, and audited; its form makes no second")
  func create() async throws {
    try await Fixture.with { fixture in
      let (_, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      let store = APIKeyStore(fixture.pool)
      let key = try await store.create(draft(), by: session, from: "192.0.2.7")
      await #expect(throws: HelpdeskError.doneBefore) {
        try await store.create(draft(), by: session, from: nil)
      }
      let hash = try #require(try APIKey.hash(ofKey: key))
      guard
        case .admitted(let principal, let limit) = try await AdmissionStore(fixture.pool).admit(
          hash)
      else {
        Issue.record("not admitted")
        return
      }
      #expect(limit.limit == 7)
      #expect(principal.scopes.contains(.readChat))
      #expect(!principal.scopes.contains(.writeChat))
      let entries = try await store.list(session.organization, limit: 9)
      let entry = try #require(entries.first)
      #expect(entries.count == 1)
      #expect(entry.creator == "Ada")
      #expect(entry.prefix == "\(key.prefix(9))…")
      #expect(entry.used == 1)
      #expect(entry.state == .live)
      let days = try await fixture.database.psql(
        "select extract(day from expires_at - created_at) from helpdesk.api_keys")
      #expect(days == "30")
      let stored = try await fixture.database.psql("select k::text from helpdesk.api_keys k")
      #expect(!stored.contains(key.dropFirst(9)))
      let trail = try await fixture.database.psql(
        """
        select actor_email, action, target_id, target_name, address from ops.audit_trail
         where actor_id is not null
        """)
      #expect(trail == "ada@example.com|api_key.created|\(entry.id)|ci|192.0.2.7")
    }
  }

  @Test("a revoked key is refused, and revoking it again changes and records nothing")
  func revoke() async throws {
    try await Fixture.with { fixture in
      let (_, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      let (key, hash) = try await fixture.key(limit: 10)
      let (store, id) = (APIKeyStore(fixture.pool), try #require(APIKeyID(key)))
      #expect(try await store.list(session.organization, limit: 9).first?.creator == nil)
      try await store.revoke(id, by: session, from: nil)
      await #expect(throws: HelpdeskError.unchanged) {
        try await store.revoke(id, by: session, from: nil)
      }
      #expect(try await AdmissionStore(fixture.pool).admit(hash) == .unknownKey)
      #expect(try await store.find(id, in: session.organization)?.state == .revoked)
      let trail = AuditTrail(fixture.pool)
      let events = try await trail.list(
        session.organization, AuditTrail.Filter(actor: .person(session.user)), before: nil, limit: 9
      )
      #expect(events.map(\.action) == ["api_key.revoked"])
    }
  }

  @Test(
    "who may not make keys makes none, whatever the page showed",
    arguments: [
      "update helpdesk.users set role = 'agent'", "update helpdesk.users set password_hash = null",
      "update helpdesk.organizations set plan = 'FREE'",
    ])
  func refused(sql: String) async throws {
    try await Fixture.with { fixture in
      let (_, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      try await fixture.database.psql(sql)
      let store = APIKeyStore(fixture.pool)
      await #expect(throws: HelpdeskError.notAllowed) {
        try await store.create(draft(), by: session, from: nil)
      }
      let events = try await fixture.database.psql(
        "select count(*) from helpdesk.audit_events where actor_id is not null")
      #expect(events == "0")
    }
  }

  @Test("an agent revokes nothing, and nobody does in another organization")
  func foreign() async throws {
    try await Fixture.with { fixture in
      let (key, hash) = try await fixture.key(limit: 10)
      let id = try #require(APIKeyID(key))
      let other = try await Operations(fixture.pool).createOrganization(name: "B", plan: "pro")
      let store = APIKeyStore(fixture.pool)
      for (account, refusal) in [
        (
          try await fixture.account("eve@example.com", in: other), HelpdeskError.notFound("API key")
        ),
        (try await fixture.account("agent@example.com", role: "agent"), .notAllowed),
      ] {
        let (_, session) = try await fixture.session(account)
        await #expect(throws: refusal) { try await store.revoke(id, by: session, from: nil) }
      }
      #expect(try await store.find(id, in: OrganizationID(stored: other)) == nil)
      #expect(try await AdmissionStore(fixture.pool).admit(hash) != .unknownKey)
    }
  }

  @Test("page after page, every key comes once: live ones first, then revoked ones, newest first")
  func pages() async throws {
    try await Fixture.with { fixture in
      try await fixture.database.psql(
        """
        insert into helpdesk.api_keys (org_id, id, name, prefix, hash, scopes, revoked_at, expires_at)
        select '\(fixture.organization)', 'c' || lpad(n::text, 24, '0'), 'k', 'th_',
               sha256(n::text::bytea), array['*'], case when n % 3 = 0 then now() end, 'infinity'
          from generate_series(1, 20) n
        """)
      let store = APIKeyStore(fixture.pool)
      var listed: [APIKey.Entry] = []
      var place: APIKeyStore.Place?
      repeat {
        let page = try await store.list(fixture.organization, after: place, limit: 4)
        listed += page
        place = page.last.map { APIKeyStore.Place(after: $0.id, isRevoked: $0.state == .revoked) }
      } while place != nil && listed.count <= 20
      let numbers = listed.compactMap { Int($0.id.rawValue.dropFirst()) }
      let all = (1...20).reversed()
      #expect(numbers == all.filter { $0 % 3 != 0 } + all.filter { $0 % 3 == 0 })
      #expect(listed.allSatisfy { $0.expiresAt == nil })
    }
  }
}
