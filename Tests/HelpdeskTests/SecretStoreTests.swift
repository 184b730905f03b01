import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Secrets in the database") struct SecretStoreTests {
  private static func keys(_ texts: String...) throws -> SecretKeys {
    try SecretKeys(texts.joined(separator: ","))
  }

  /// Endpoints by hand, each of an organization of its own and with a secret in plain text.
  private static func makeEndpoints(_ count: Int, _ fixture: Fixture) async throws {
    try await fixture.psql(
      """
      select count(e) from (select ops.create_org('Acme') as id from generate_series(1, \(count))) o
       cross join lateral ops.create_endpoint(o.id, 'https://example.com/', '{ticket.created}') e
      """)
  }

  /// The number of secrets that each key has sealed, such as `one 3, plain 2`.
  private static func tally(_ fixture: Fixture) async throws -> String {
    try await fixture.psql(
      """
      select string_agg(key || ' ' || count, ', ' order by key)
        from (select coalesce(key_id, 'plain') as key, count(*)
                from helpdesk.endpoint_secrets group by 1) s
      """)
  }

  @Test("what is in plain text is sealed a hundred at a time, and nothing without keys")
  func sealPlain() async throws {
    try await Fixture.with { fixture in
      try await Self.makeEndpoints(150, fixture)
      #expect(try await SecretStore(fixture.pool, keys: SecretKeys()).sealPlain() == 0)
      #expect(try await Self.tally(fixture) == "plain 150")
      let store = SecretStore(fixture.pool, keys: try Self.keys(SecretKeysTests.one))
      #expect(try await store.sealPlain() == 100)
      #expect(try await store.sealPlain() == 50)
      #expect(try await store.sealPlain() == 0)
      #expect(try await Self.tally(fixture) == "one 150")
      let other = SecretStore(fixture.pool, keys: try Self.keys(SecretKeysTests.two))
      #expect(try await other.sealPlain() == 0)
    }
  }

  @Test("rotation seals all with the first key, many at once included, and leaves what has no key")
  func sealAll() async throws {
    try await Fixture.with { fixture in
      let (one, two) = (SecretKeysTests.one, SecretKeysTests.two)
      try await Self.makeEndpoints(240, fixture)
      let first = SecretStore(fixture.pool, keys: try Self.keys(one))
      #expect(try await first.sealAll().sealed == 240)
      try await Self.makeEndpoints(10, fixture)
      #expect(try await first.faults().isEmpty)
      let stranger = SecretStore(fixture.pool, keys: try Self.keys(two))
      #expect(try await stranger.faults() == [.unknownKey("one")])
      let partly = try await stranger.sealAll()
      #expect(partly.sealed == 10)
      #expect(partly.faults == [.unknownKey("one")])
      #expect(try await Self.tally(fixture) == "one 240, two 10")
      let both = SecretStore(fixture.pool, keys: try Self.keys(two, one))
      let counts = try await atOnce(3) { _ in try await both.sealAll().sealed }
      #expect(counts.reduce(0, +) == 240)
      #expect(try await Self.tally(fixture) == "two 250")
      #expect(try await stranger.faults().isEmpty)
      #expect(try await stranger.sealAll() == (sealed: 0, faults: []))
    }
  }

  @Test("an endpoint with a secret of an unknown key is not claimed; the others are")
  func claim() async throws {
    try await Fixture.with { fixture in
      let (mine, plain) = (try await fixture.endpoint(), try await fixture.endpoint())
      try await fixture.psql(
        """
        update helpdesk.endpoint_secrets set secret = 'x', key_id = 'one'
         where endpoint_id = '\(mine)'
        """)
      for endpoint in [mine, plain] { try await fixture.makeDeliveries(3, to: endpoint) }
      let claimed = try await DeliveryStore(fixture.pool, knownKeys: ["two"]).claim()
      #expect(Set(claimed.map(\.endpoint)) == [plain])
      #expect(try await fixture.states(mine) == "pending 3")
      try await fixture.psql(
        """
        update helpdesk.endpoint_secrets set expires_at = now() where endpoint_id = '\(mine)'
        """)
      let stranger = DeliveryStore(fixture.pool)
      #expect(try await stranger.claim().map(\.endpoint) == [mine, mine, mine])
    }
  }

  @Test("one secret that was changed is no fault of its key")
  func changed() async throws {
    try await Fixture.with { fixture in
      let store = SecretStore(fixture.pool, keys: try Self.keys(SecretKeysTests.one))
      try await Self.makeEndpoints(2, fixture)
      _ = try await store.sealPlain()
      let change = """
        update helpdesk.endpoint_secrets set secret = 'AAAA' where id = (
          select min(id) from helpdesk.endpoint_secrets where secret <> 'AAAA')
        """
      try await fixture.psql(change)
      #expect(try await store.faults().isEmpty)
      try await fixture.psql(change)
      #expect(try await store.faults() == [.notAuthentic("one")])
    }
  }

  @Test("dropping what cannot be read leaves plain text and what the keys open")
  func dropping() async throws {
    try await Fixture.with { fixture in
      let operations = OperatorFunctions(fixture.pool)
      let id = try await fixture.endpoint().rawValue
      _ = try await operations.rotateSecret(id, dropsUnreadable: true)
      #expect(try await Self.tally(fixture) == "plain 2")
      let (one, two) = (try Self.keys(SecretKeysTests.one), try Self.keys(SecretKeysTests.two))
      _ = try await operations.rotateSecret(id, keys: one)
      _ = try await operations.rotateSecret(id, keys: one, dropsUnreadable: true)
      #expect(try await Self.tally(fixture) == "one 2, plain 2")
      _ = try await operations.rotateSecret(id, keys: two, dropsUnreadable: true)
      #expect(try await Self.tally(fixture) == "plain 2, two 1")
    }
  }

  @Test("ten secrets sign at most; one that ends makes room")
  func most() async throws {
    try await Fixture.with { fixture in
      let session = try await fixture.admin()
      let store = EndpointStore(fixture.pool, keys: try Self.keys(SecretKeysTests.one))
      let id = try await fixture.endpoint()
      func rotate() async throws {
        let current = try await store.currentSecret(of: id, in: session.organization)
        try await store.rotateSecret(of: id, current: current, by: session, from: nil)
      }
      for _ in 0..<9 { try await rotate() }
      await #expect(throws: HelpdeskError.limitReached("secrets")) { try await rotate() }
      #expect(try await store.showSecrets(of: id, by: session, from: nil).count == 10)
      try await fixture.psql(
        """
        update helpdesk.endpoint_secrets set expires_at = now()
         where id = (select min(id) from helpdesk.endpoint_secrets)
        """)
      try await rotate()
      let texts = try await store.showSecrets(of: id, by: session, from: nil).map(\.text)
      #expect(Set(texts).count == 10)
      #expect(texts.allSatisfy { $0.hasPrefix("whsec_") })
    }
  }
}
