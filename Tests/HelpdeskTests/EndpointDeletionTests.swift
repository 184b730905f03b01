import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Deleting an endpoint") struct EndpointDeletionTests {
  @Test(
    "it is gone at once for everybody, gets nothing more, and its rows are deleted little by little"
  )
  func delete() async throws {
    try await Fixture.with { fixture in
      let session = try await fixture.admin()
      let store = EndpointStore(fixture.pool, keys: SecretKeys())
      let operations = OperatorFunctions(fixture.pool)
      let (id, kept) = (try await fixture.endpoint(), try await fixture.endpoint())
      try await fixture.makeDeliveries(1200, to: id)
      _ = try await fixture.ticket()
      let claimed = try #require(try await DeliveryStore(fixture.pool).claim(1, ofOne: 1).first)
      try await fixture.psql(
        """
        insert into helpdesk.attempts (org_id, id, delivery_id, number, started_at, duration, status)
        select org_id, helpdesk.new_id(now()), id, 1, now(), '1 s', 200 from helpdesk.deliveries
         where endpoint_id = '\(id)'
        """)
      try await store.delete(id, by: session, from: "192.0.2.7")
      _ = try await fixture.ticket()
      #expect(try await fixture.states(kept) == "pending 2")
      #expect(try await store.list(session.organization).map(\.id) == [kept])
      #expect(try await store.find(id, in: session.organization) == nil)
      let lines = try await operations.listEndpoints(org: fixture.organization.rawValue)
      #expect(lines.count == 1)
      for view in ["endpoint_health", "deliveries", "attempts", "delivery_queue"] {
        let rows = try await fixture.psql(
          "select count(*) from ops.\(view) where endpoint_id = '\(id)'")
        #expect(rows == "0", "\(view)")
      }
      let glance = try await fixture.psql(
        "select endpoints, disabled_endpoints from ops.organizations_at_a_glance")
      #expect(glance == "1|0")
      #expect(
        try await fixture.psql(
          "select count(*) from helpdesk.endpoint_secrets where endpoint_id = '\(id)'") == "0")
      let sent = try await DeliveryStore(fixture.pool).claim(100)
      #expect(Set(sent.map(\.endpoint)) == [kept])
      #expect(try await DeliveryStore(fixture.pool).disabledEndpointsWithWaiting().isEmpty)
      for refused in [
        { _ = try await operations.enableEndpoint(id.rawValue, replay: true) },
        { _ = try await operations.deleteEndpoint(id.rawValue) },
        { _ = try await operations.testEndpoint(id.rawValue) },
        { _ = try await operations.redeliver(claimed.id.rawValue) },
        { _ = try await operations.listDeliveries(endpoint: id.rawValue) },
        { _ = try await operations.listAttempts(delivery: claimed.id.rawValue) },
      ] as [() async throws -> Void] {
        await #expect { try await refused() } throws: { error in
          guard case .server(let server) = error as? PostgresError else { return false }
          return server.sqlState == "P0002"
        }
      }

      let retention = Retention(fixture.pool, age: .zero)
      #expect(try await retention.pruneEndpoints() == 500)
      #expect(try await fixture.psql("select count(*) from helpdesk.endpoints") == "2")
      #expect(try await retention.pruneEndpoints() == 500)
      #expect(try await retention.pruneEndpoints() == 201)
      #expect(try await retention.pruneEndpoints() == 0)
      let rows = try await fixture.psql(
        """
        select (select count(*) from helpdesk.endpoints), (select count(*) from helpdesk.attempts),
               (select count(*) from helpdesk.deliveries)
        """)
      #expect(rows == "1|0|2")
      let result = DeliveryResult(claimed, .succeeded)
      #expect(try await DeliveryStore(fixture.pool).recordAlone(result) == .lost)
    }
  }

  @Test("tickets created at the same moment leave nothing behind")
  func race() async throws {
    try await Fixture.with { fixture in
      let id = try await fixture.endpoint()
      let operations = OperatorFunctions(fixture.pool)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask { for _ in 0..<10 { _ = try await fixture.ticket() } }
        }
        group.addTask { try await operations.deleteEndpoint(id.rawValue) }
        try await group.waitForAll()
      }
      let retention = Retention(fixture.pool, age: .zero)
      while try await retention.pruneEndpoints() > 0 {}
      let rows = try await fixture.psql(
        """
        select (select count(*) from helpdesk.endpoints), (select count(*) from helpdesk.deliveries),
               (select count(*) from helpdesk.tickets)
        """)
      #expect(rows == "0|0|40")
    }
  }
}
