import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Endpoints of an organization") struct EndpointStoreTests {
  /// An admin of the fixture's organization, and what admins do.
  private static func with(
    _ body: (Fixture, Session, EndpointStore) async throws -> Void
  ) async throws {
    try await Fixture.with { fixture in
      let (_, session) = try await fixture.session(try await fixture.account("ada@example.com"))
      try await body(fixture, session, EndpointStore(fixture.pool, keys: SecretKeys()))
    }
  }

  private static func draft(_ submission: String = "0123456789abcdef") -> Endpoint.Draft {
    Endpoint.Draft(
      url: "https://example.com/hook", events: ["ticket.created"], submission: submission)
  }

  private static func trail(_ fixture: Fixture) async throws -> String {
    try await fixture.database.psql(
      """
      select action, actor_name, address from ops.audit_trail where action like 'webhook.%'
       order by id
      """)
  }

  @Test("one made here is subscribed and audited; its form makes no second")
  func create() async throws {
    try await Self.with { fixture, session, store in
      let id = try await store.create(Self.draft(), by: session, from: "192.0.2.7")
      #expect(try await store.create(Self.draft(), by: session, from: nil) == id)
      let entries = try await store.list(session.organization)
      #expect(entries.map(\.url) == ["https://example.com/hook"])
      #expect(entries.first?.disabled == nil)
      #expect(entries.first?.lastDelivery == nil)
      _ = try await fixture.ticket()
      #expect(try await fixture.states(id) == "pending 1")
      #expect(try await store.find(id, in: session.organization)?.lastDelivery?.state == .pending)
      #expect(try await Self.trail(fixture) == "webhook.created|Ada|192.0.2.7")
      let secrets = try await store.showSecrets(of: id, by: session, from: nil)
      #expect(secrets.count == 1)
      #expect(secrets.first?.text.hasPrefix("whsec_") == true)
    }
  }

  @Test("a URL that the database refuses is a fault of that field")
  func badURL() async throws {
    try await Self.with { fixture, session, store in
      var draft = Self.draft()
      draft.url = "https://me@example.com/"
      await #expect {
        _ = try await store.create(draft, by: session, from: nil)
      } throws: { error in
        guard case HelpdeskError.invalid("url", _) = error else { return false }
        return true
      }
      let entries = try await store.list(session.organization)
      #expect(entries.isEmpty)
    }
  }

  @Test(
    "who may not change endpoints changes none, whatever the page showed",
    arguments: ["agent", "client"])
  func refused(role: String) async throws {
    try await Self.with { fixture, session, store in
      let id = try await fixture.endpoint()
      let delivery = try await store.test(id, by: session, from: nil)
      try await fixture.database.psql(
        "update helpdesk.users set role = '\(role)'; delete from helpdesk.audit_events")
      let current = try await store.currentSecret(of: id, in: session.organization)
      let changes: [() async throws -> Void] = [
        { _ = try await store.create(Self.draft(), by: session, from: nil) },
        {
          try await store.update(
            id, url: "https://b.example/", events: ["ticket.merged"], by: session, from: nil)
        },
        { try await store.disable(id, reason: "x", by: session, from: nil) },
        { try await store.enable(id, replay: true, by: session, from: nil) },
        { try await store.rotateSecret(of: id, current: current, by: session, from: nil) },
        { try await store.delete(id, by: session, from: nil) },
        { try await store.redeliver(delivery, by: session, from: nil) },
        { _ = try await store.test(id, by: session, from: nil) },
        { try await store.redeliverFailed(of: id, hours: 1, by: session, from: nil) },
      ]
      for change in changes {
        await #expect(throws: HelpdeskError.notAllowed) { try await change() }
      }
      #expect(try await store.showSecrets(of: id, by: session, from: nil).isEmpty)
      #expect(try await Self.trail(fixture) == "")
      #expect(try await fixture.states(id) == "pending 1")
      #expect(try await store.currentSecret(of: id, in: session.organization) == current)
      #expect(try await store.find(id, in: session.organization)?.url == "https://example.com/")
    }
  }

  @Test("on a FREE plan none is made, and what is there is still looked after")
  func free() async throws {
    try await Self.with { fixture, session, store in
      let id = try await fixture.endpoint()
      try await fixture.database.psql("update helpdesk.organizations set plan = 'FREE'")
      await #expect(throws: HelpdeskError.notAllowed) {
        _ = try await store.create(Self.draft(), by: session, from: nil)
      }
      try await store.disable(id, reason: "x", by: session, from: nil)
      #expect(try await store.list(session.organization).map(\.disabled?.reason) == ["x"])
    }
  }

  @Test("another organization's endpoints and deliveries do not exist")
  func foreign() async throws {
    try await Self.with { fixture, _, store in
      let id = try await fixture.endpoint()
      let (_, owner) = try await fixture.session(try await fixture.account("bob@example.com"))
      let delivery = try await store.test(id, by: owner, from: nil)
      let other = try await Operations(fixture.pool).createOrganization(name: "B", plan: "pro")
      let account = try await fixture.account("eve@example.com", in: other)
      let (_, session) = try await fixture.session(account)
      #expect(try await store.list(session.organization).isEmpty)
      #expect(try await store.find(id, in: session.organization) == nil)
      #expect(try await store.overview(id, in: session.organization) == nil)
      let log = DeliveryLog(fixture.pool)
      #expect(try await log.find(delivery, in: session.organization) == nil)
      let page = try await log.list(id, in: session.organization, .init(), before: nil)
      #expect(page.entries.isEmpty)
      #expect(try await store.showSecrets(of: id, by: session, from: nil).isEmpty)
      await #expect(throws: HelpdeskError.notFound("delivery")) {
        try await store.redeliver(delivery, by: session, from: nil)
      }
      let notFound = HelpdeskError.notFound("endpoint")
      await #expect(throws: notFound) { try await store.delete(id, by: session, from: nil) }
      await #expect(throws: notFound) { _ = try await store.test(id, by: session, from: nil) }
      await #expect(throws: notFound) {
        try await store.disable(id, reason: "x", by: session, from: nil)
      }
      #expect(try await store.find(id, in: owner.organization)?.disabled == nil)
    }
  }

  @Test("what changes nothing is not on the trail")
  func unchanged() async throws {
    try await Self.with { fixture, session, store in
      let id = try await store.create(Self.draft(), by: session, from: nil)
      let current = try await store.currentSecret(of: id, in: session.organization)
      for _ in 0..<2 {
        try await store.update(
          id, url: "https://b.example/", events: ["ticket.merged"], by: session, from: nil)
        try await store.rotateSecret(of: id, current: current, by: session, from: nil)
        try await store.disable(id, reason: "x", by: session, from: nil)
      }
      for _ in 0..<2 { try await store.enable(id, replay: true, by: session, from: nil) }
      let actions = try await Self.trail(fixture).split(separator: "\n")
        .compactMap { $0.split(separator: "|").first }
      #expect(
        actions == [
          "webhook.created", "webhook.updated", "webhook.secret_rotated", "webhook.disabled",
          "webhook.enabled",
        ])
      let secrets = try await store.showSecrets(of: id, by: session, from: nil)
      #expect(secrets.map { $0.expiresAt == nil } == [true, false])
      let entry = try await store.find(id, in: session.organization)
      #expect(entry?.url == "https://b.example/")
      #expect(entry?.events == ["ticket.merged"])
    }
  }

  @Test("what operators do is on the trail, without an address and with a URL of any length")
  func operators() async throws {
    try await Fixture.with { fixture in
      let operations = Operations(fixture.pool)
      let url = "https://example.com/" + String(repeating: "x", count: 2000)
      let line = try await operations.createEndpoint(
        org: fixture.organization.rawValue, url: url, events: ["ticket.created"])
      let id = String(try #require(line.split(separator: "\t").first))
      try await operations.updateEndpoint(id, url: nil, events: ["ticket.merged"])
      try await operations.updateEndpoint(id, url: url, events: nil)
      try await operations.disableEndpoint(id)
      try await operations.enableEndpoint(id, replay: false)
      _ = try await operations.rotateSecret(id)
      _ = try await operations.redeliver(try await operations.testEndpoint(id))
      try await operations.deleteEndpoint(id)
      let trail = try await Self.trail(fixture)
      #expect(
        trail.split(separator: "\n")
          == [
            "created", "updated", "disabled", "enabled", "secret_rotated", "tested", "redelivered",
            "deleted",
          ].map { "webhook.\($0)|an operator|" })
    }
  }
}
