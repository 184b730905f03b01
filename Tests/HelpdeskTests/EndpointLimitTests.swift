import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("As many endpoints as there may be") struct EndpointLimitTests {
  private static let most = 50

  private static func fill(_ fixture: Fixture, _ count: Int = most) async throws {
    try await fixture.psql(
      """
      select count(e) from generate_series(1, \(count)) n
       cross join lateral ops.create_endpoint(
         '\(fixture.organization)', 'https://example.com/' || n, '{ticket.created}') e
      """)
  }

  private static func count(_ fixture: Fixture) async throws -> String {
    try await fixture.psql(
      "select count(*) from ops.endpoints where org_id = '\(fixture.organization)'")
  }

  private static func draft(_ number: Int) -> Endpoint.Draft {
    Endpoint.Draft(
      url: "https://example.com/", events: ["ticket.created"], submission: "submission \(number)")
  }

  @Test("one of simultaneous creations, by admins and operators, makes the last endpoint")
  func race() async throws {
    try await Fixture.with { fixture in
      try await Self.fill(fixture, Self.most - 1)
      let session = try await fixture.admin()
      let store = EndpointStore(fixture.pool, keys: SecretKeys())
      let made = try await atOnce(10) { number in
        do {
          if number.isMultiple(of: 2) {
            _ = try await store.create(Self.draft(number), by: session, from: nil)
          } else {
            _ = try await fixture.endpoint()
          }
          return true
        } catch HelpdeskError.limitReached {
          return false
        } catch PostgresError.server(let error) where error.sqlState == "54000" {
          return false
        }
      }
      #expect(made.count { $0 } == 1)
      #expect(try await Self.count(fixture) == "\(Self.most)")
      let trail = try await fixture.psql(
        "select count(*) from ops.audit_trail where action = 'webhook.created'")
      #expect(trail == "\(Self.most)")
    }
  }

  @Test("the form that made the last one may be sent again; a deleted one makes room")
  func room() async throws {
    try await Fixture.with { fixture in
      try await Self.fill(fixture, Self.most - 1)
      let session = try await fixture.admin()
      let store = EndpointStore(fixture.pool, keys: SecretKeys())
      let last = try await store.create(Self.draft(1), by: session, from: nil)
      #expect(try await store.create(Self.draft(1), by: session, from: nil) == last)
      try await store.disable(last, reason: "x", by: session, from: nil)
      await #expect(throws: HelpdeskError.limitReached("endpoints")) {
        _ = try await store.create(Self.draft(2), by: session, from: nil)
      }
      try await store.delete(last, by: session, from: nil)
      _ = try await store.create(Self.draft(2), by: session, from: nil)
      #expect(try await Self.count(fixture) == "\(Self.most)")
    }
  }

  @Test("an organization that has more from before keeps them, and gets no others")
  func before() async throws {
    try await Fixture.with { fixture in
      _ = try await fixture.endpoint()
      try await fixture.psql(
        """
        insert into helpdesk.endpoints (org_id, id, url, events, created_at)
        select org_id, helpdesk.new_id(created_at), url, events, created_at
          from helpdesk.endpoints, generate_series(2, 60)
        """)
      _ = try await fixture.ticket()
      #expect(
        try await fixture.psql("select count(*) from helpdesk.deliveries") == "60")
      let message = "the organization has 60 webhook endpoints already, and may have 50; delete"
      await #expect {
        _ = try await fixture.endpoint()
      } throws: { error in
        guard case PostgresError.server(let error) = error else { return false }
        return error.sqlState == "54000" && error.message.hasPrefix(message)
      }
      #expect(try await Self.count(fixture) == "60")
      let other = try await fixture.organization(named: "B")
      _ = try await OperatorFunctions(fixture.pool).createEndpoint(
        org: other, url: "https://example.com/", events: ["ticket.created"])
    }
  }

  @Test("a transaction that would count what was there at its start is refused")
  func isolation() async throws {
    try await Fixture.with { fixture in
      await #expect(throws: (any Error).self) {
        try await fixture.psql(
          """
          begin isolation level repeatable read;
          select ops.create_endpoint('\(fixture.organization)', 'https://example.com/', '{ticket.created}');
          commit
          """)
      }
      let count = try await Self.count(fixture)
      #expect(count == "0")
    }
  }
}
