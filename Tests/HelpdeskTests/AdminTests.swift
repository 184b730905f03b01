import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Settings are changed by the organization's admins alone") struct AdminTests {
  enum Actor: CaseIterable { case agent, client, withoutAccess, stranger }

  /// An admin's session, whose user has become somebody else meanwhile.
  private func session(_ actor: Actor, _ fixture: Fixture) async throws -> Session {
    let organization = try await fixture.organization(named: "B")
    let session = try await fixture.session(
      try await fixture.account("eve@example.com", in: actor == .stranger ? organization : nil)
    ).session
    let change: String? =
      switch actor {
      case .agent: "role = 'agent'"
      case .client: "role = 'client'"
      case .withoutAccess: "password_hash = null"
      case .stranger: nil
      }
    if let change {
      try await fixture.psql("update helpdesk.users set \(change) where id = '\(session.user)'")
    }
    return session
  }

  private static let settings = [
    "users", "invitations", "api_keys", "endpoints", "endpoint_secrets", "deliveries",
    "audit_events",
  ].map { "(select string_agg(r::text, ';' order by r::text) from helpdesk.\($0) r)" }

  @Test("nobody else changes any, whatever page is open", arguments: Actor.allCases)
  func refused(_ actor: Actor) async throws {
    try await Fixture.with { fixture in
      let admin = try await fixture.admin()
      let (people, keys) = (PersonStore(fixture.pool), APIKeyStore(fixture.pool))
      let endpoints = EndpointStore(fixture.pool, keys: SecretKeys())
      let target = try await fixture.account("target@example.com").user
      _ = try await people.makeLink(for: target, submission: "1", by: admin, from: nil)
      let key = try #require(APIKeyID(try await fixture.key(limit: 10).id))
      let id = try await fixture.endpoint()
      let delivery = try await endpoints.test(id, by: admin, from: nil)
      let secret = try await endpoints.currentSecret(of: id, in: fixture.organization)
      let session = try await session(actor, fixture)
      let endpointNotFound = HelpdeskError.notFound("endpoint")
      // Each with the refusal for the admin of another organization; nil: there is nothing to withdraw.
      var changes: [(HelpdeskError?, () async throws -> Void)] = [
        (.unchanged, { try await people.change(target, to: .agent, by: session, from: nil) }),
        (.unchanged, { try await people.removeAccess(of: target, by: session, from: nil) }),
        (nil, { try await people.withdrawLink(of: target, by: session, from: nil) }),
        (
          .notFound("user"),
          { _ = try await people.makeLink(for: target, submission: "2", by: session, from: nil) }
        ),
        (.notFound("API key"), { try await keys.revoke(key, by: session, from: nil) }),
        (
          endpointNotFound,
          {
            try await endpoints.update(
              id, url: "https://b.example/", events: ["ticket.merged"], by: session, from: nil)
          }
        ),
        (
          endpointNotFound, { try await endpoints.disable(id, reason: "x", by: session, from: nil) }
        ),
        (
          endpointNotFound, { try await endpoints.enable(id, replay: true, by: session, from: nil) }
        ),
        (
          endpointNotFound,
          { try await endpoints.rotateSecret(of: id, current: secret, by: session, from: nil) }
        ),
        (endpointNotFound, { try await endpoints.delete(id, by: session, from: nil) }),
        (endpointNotFound, { _ = try await endpoints.test(id, by: session, from: nil) }),
        (
          endpointNotFound,
          { try await endpoints.redeliverFailed(of: id, hours: 1, by: session, from: nil) }
        ),
        (
          .notFound("delivery"), { try await endpoints.redeliver(delivery, by: session, from: nil) }
        ),
      ]
      if actor != .stranger {
        changes += makings(people, keys, endpoints, session).map { (.notAllowed, $0) }
        changes.append(
          (
            .notAllowed,
            { _ = try await people.invite(fixture.draft(), by: session, from: nil) }
          ))
      }
      let rows = "select \(Self.settings.joined(separator: ", "))"
      let before = try await fixture.psql(rows)
      for (index, (refusal, change)) in changes.enumerated() {
        var refused: HelpdeskError?
        do { try await change() } catch let error as HelpdeskError { refused = error }
        #expect(refused == (actor == .stranger ? refusal : .notAllowed), "change \(index)")
      }
      #expect(try await endpoints.showSecrets(of: id, by: session, from: nil).isEmpty)
      #expect(try await fixture.psql(rows) == before)
    }
  }

  /// Changes that only a plan with the API allows.
  private func makings(
    _ people: PersonStore, _ keys: APIKeyStore, _ endpoints: EndpointStore, _ session: Session
  ) -> [() async throws -> Void] {
    let key = APIKey.Draft(
      name: "k", scopes: ["*"], rateLimit: 1, expiresInDays: nil, submission: "3")
    let endpoint = Endpoint.Draft(
      url: "https://example.com/", events: ["ticket.created"], submission: "4")
    return [
      { _ = try await keys.create(key, by: session, from: nil) },
      { _ = try await endpoints.create(endpoint, by: session, from: nil) },
    ]
  }

  @Test("on a FREE plan no key or endpoint is made, and what is there is still looked after")
  func free() async throws {
    try await Fixture.with { fixture in
      let admin = try await fixture.admin()
      let (people, keys) = (PersonStore(fixture.pool), APIKeyStore(fixture.pool))
      let endpoints = EndpointStore(fixture.pool, keys: SecretKeys())
      let id = try await fixture.endpoint()
      try await fixture.psql("update helpdesk.organizations set plan = 'FREE'")
      for make in makings(people, keys, endpoints, admin) {
        await #expect(throws: HelpdeskError.notAllowed) { try await make() }
      }
      try await endpoints.disable(id, reason: "x", by: admin, from: nil)
      #expect(try await endpoints.list(admin.organization).map(\.disabled?.reason) == ["x"])
    }
  }

  @Test("no key, cookie, link or text typed at the sign-in can be read from the database")
  func credentials() async throws {
    try await Fixture.with { fixture in
      let account = try await fixture.account("ada@example.com")
      let (token, admin) = try await fixture.session(account)
      let key = try await APIKeyStore(fixture.pool).create(
        APIKey.Draft(
          name: "k", scopes: ["*"], rateLimit: 1, expiresInDays: nil, submission: "1"),
        by: admin, from: nil)
      let link = try await PersonStore(fixture.pool).invite(
        fixture.draft(), by: admin, from: nil
      ).token
      _ = try await SignInThrottle(fixture.pool).tryOnce(account: "hunter2", address: "192.0.2.1")
      let rows = try await fixture.psql(
        """
        select query_to_xml(format('select * from helpdesk.%I r', relname), true, false, '')
          from pg_class where relnamespace = 'helpdesk'::regnamespace and relkind = 'r'
        """)
      #expect(rows.contains(String(key.prefix(9))))
      for secret in [String(key.dropFirst(9)), token.text, String(link.text.suffix(43)), "hunter2"]
      {
        #expect(!rows.contains(secret), "\(secret)")
      }
    }
  }
}
