import TestSupport
import Testing

@testable import Helpdesk

@Suite("API keys of an organization") struct APIKeyStoreTests {
  @Test("a key may do what its form says for as many days, and is audited")
  func create() async throws {
    try await Fixture.with { fixture in
      let session = try await fixture.admin()
      let store = APIKeyStore(fixture.pool)
      let key = try await store.create(
        APIKey.Draft(
          name: "ci", scopes: ["tickets:read", "chat:read"], rateLimit: 7, expiresInDays: 30,
          submission: "0123456789abcdef"), by: session, from: "192.0.2.7")
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
      let entry = try #require(try await store.list(session.organization, limit: 9).first)
      let days = try await fixture.psql(
        "select extract(day from expires_at - created_at) from helpdesk.api_keys")
      #expect(days == "30")
      let trail = try await fixture.psql(
        """
        select actor_email, action, target_id, target_name, address from ops.audit_trail
         where actor_id is not null
        """)
      #expect(trail == "ada@example.com|api_key.created|\(entry.id)|ci|192.0.2.7")
    }
  }

  @Test("page after page, every key comes once: live ones first, then revoked ones, newest first")
  func pages() async throws {
    try await Fixture.with { fixture in
      try await fixture.psql(
        """
        insert into helpdesk.api_keys (org_id, id, name, prefix, hash, scopes, revoked_at, expires_at)
        select '\(fixture.organization)', 'c' || lpad(n::text, 24, '0'), 'k', 'th_',
               sha256(n::text::bytea), array['*'], case when n % 3 = 0 then now() end, 'infinity'
          from generate_series(1, 20) n
        """)
      let store = APIKeyStore(fixture.pool)
      var listed: [APIKey.Entry] = []
      var cursor: APIKeyStore.Cursor?
      repeat {
        let page = try await store.list(fixture.organization, after: cursor, limit: 4)
        listed += page
        cursor = page.last.map { APIKeyStore.Cursor(after: $0.id, isRevoked: $0.state == .revoked) }
      } while cursor != nil && listed.count <= 20
      let numbers = listed.compactMap { Int($0.id.rawValue.dropFirst()) }
      let all = (1...20).reversed()
      #expect(numbers == all.filter { $0 % 3 != 0 } + all.filter { $0 % 3 == 0 })
      #expect(listed.allSatisfy { $0.expiresAt == nil })
    }
  }
}
