import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct FanOutTests {
  @Test("a change leaves a delivery for each endpoint subscribed to its event, held if disabled")
  func deliveries() async throws {
    try await Fixture.with { fixture in
      let operations = Operations(fixture.pool)
      let org = fixture.organization.rawValue
      func endpoint(_ events: [String]) async throws -> String {
        let line = try await operations.createEndpoint(
          org: org, url: "https://example.com/", events: events)
        return String(try #require(line.split(separator: "\t").first))
      }
      let created = try await endpoint(["ticket.created"])
      let updated = try await endpoint(["ticket.updated", "ticket.resolved"])
      let disabled = try await endpoint(["ticket.created"])
      try await operations.disableEndpoint(disabled)
      let ticket = try await fixture.ticket()
      var patch = Ticket.Patch()
      patch.status = .resolved
      _ = try await TicketStore(fixture.pool).update(ticket, patch, in: fixture.organization)
      func deliveries(_ endpoint: String) async throws -> [String] {
        try await operations.listDeliveries(endpoint: endpoint, state: nil).map { line in
          let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
          return "\(columns[2]) \(columns[3])"
        }.sorted()
      }
      #expect(try await deliveries(created) == ["ticket.created pending"])
      #expect(
        try await deliveries(updated) == ["ticket.resolved pending", "ticket.updated pending"])
      #expect(try await deliveries(disabled) == ["ticket.created held"])
    }
  }

  @Test("endpoints disabled and enabled while events come leave no delivery in the wrong state")
  func toggling() async throws {
    try await Fixture.with { fixture in
      let operations = Operations(fixture.pool)
      let line = try await operations.createEndpoint(
        org: fixture.organization.rawValue, url: "https://example.com/", events: ["ticket.created"])
      let endpoint = String(try #require(line.split(separator: "\t").first))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask { for _ in 0..<15 { _ = try await fixture.ticket() } }
        }
        group.addTask {
          for _ in 0..<15 {
            try await operations.disableEndpoint(endpoint)
            try await operations.enableEndpoint(endpoint, replay: true)
          }
        }
        try await group.waitForAll()
      }
      #expect(try await operations.listDeliveries(endpoint: endpoint, state: "held").isEmpty)
      #expect(try await operations.listDeliveries(endpoint: endpoint, state: "pending").count == 60)
      try await operations.disableEndpoint(endpoint)
      #expect(try await operations.listDeliveries(endpoint: endpoint, state: "pending").isEmpty)
    }
  }
}
