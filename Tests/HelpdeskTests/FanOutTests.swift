import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite struct FanOutTests {
  @Test("endpoints disabled and enabled while events come leave no delivery in the wrong state")
  func toggling() async throws {
    try await Fixture.with { fixture in
      let operations = OperatorFunctions(fixture.pool)
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
