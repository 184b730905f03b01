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

  @Test(
    "the last use is noted of a key in use once in 30 s, and once more when it rests",
    arguments: [
      // Seconds before now: the use noted last, the last request, and the use noted next.
      (nil, 1, 1), (nil, 3000, 3000), (10, 1, 10), (29, 1, 29), (40, 1, 1), (60, 31, 31),
      (50, 31, 31), (35, 40, 35), (-3600, 5, 5), (nil, -3600, 0),
    ] as [(Int?, Int, Int)], [100, 5000])
  func lastUse(_ moments: (noted: Int?, request: Int, expected: Int), limit: Int32) async throws {
    try await Fixture.with { fixture in
      let key = try await fixture.key(limit: limit)
      _ = try await AdmissionStore(fixture.pool).admit(key.hash)
      let store = APIKeyStore(fixture.pool)
      try await fixture.psql(
        """
        update helpdesk.api_keys
           set last_used_at = now() - interval '1 s' * \(moments.noted.map { "\($0)" } ?? "null");
        update helpdesk.rate_limits
           set hits = array(select now() - interval '1 s' * \(moments.request) from unnest(hits)),
               last_slot = case when last_slot > 0
                                then extract(epoch from now()) * 10 - 10 * \(moments.request) else 0 end
        """)
      let isNoted = moments.noted != moments.expected
      #expect(try await store.noteUse() == (isNoted ? 1 : 0))
      #expect(try await store.noteUse() == 0)
      // While the counter is ahead of a clock that was set back, nobody has used the key.
      if moments.request < 0 {
        try await fixture.psql(
          "update helpdesk.api_keys set last_used_at = last_used_at - interval '40 s'")
        #expect(try await store.noteUse() == 0)
        return
      }
      let ago = try await fixture.psql(
        "select extract(epoch from now() - last_used_at) from helpdesk.api_keys")
      #expect((0..<3).contains((Double(ago) ?? .nan) - Double(moments.expected)), "\(ago)")
    }
  }
}
