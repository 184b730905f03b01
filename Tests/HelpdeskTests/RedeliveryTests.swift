import Postgres
import TestSupport
import Testing

@testable import Helpdesk

@Suite("Sending again what failed") struct RedeliveryTests {
  /// An endpoint with deliveries that failed and others that are held, older ones first.
  private static func endpoint(_ fixture: Fixture, failed: Int, held: Int) async throws
    -> EndpointID
  {
    let endpoint = try await fixture.endpoint(due: failed + held)
    try await fixture.psql(
      """
      with ages as (
        select id, row_number() over (order by id) as age from helpdesk.deliveries
         where endpoint_id = '\(endpoint)')
      update helpdesk.deliveries d
         set state = case when age <= \(held) then 'held' else 'failed' end, attempts = 4,
             next_attempt_at = null, created_at = clock_timestamp() - age * interval '1 s',
             finished_at = case when age > \(held) then clock_timestamp() - age * interval '1 s' end
        from ages where ages.id = d.id
      """)
    return endpoint
  }

  private static func redeliver(
    _ endpoint: EndpointID, _ fixture: Fixture, atMost: String = "10", since: String = "-infinity"
  ) async throws -> Int {
    Int(
      try await fixture.psql(
        "select ops.redeliver_failed('\(endpoint)', '\(since)', \(atMost))")) ?? -1
  }

  @Test("the oldest failed come first, then what is held, so many at a time, until there are none")
  func batches() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await Self.endpoint(fixture, failed: 15, held: 7)
      let other = try await Self.endpoint(fixture, failed: 2, held: 2)
      #expect(try await Self.redeliver(endpoint, fixture) == 10)
      #expect(try await fixture.states(endpoint) == "failed 5, held 7, pending 10")
      let left = try await fixture.psql(
        """
        select min(created_at) filter (where state = 'failed')
                 > max(created_at) filter (where state = 'pending'),
               max(attempts) filter (where state = 'pending') from helpdesk.deliveries
         where endpoint_id = '\(endpoint)'
        """)
      #expect(left == "t|0")
      #expect(try await Self.redeliver(endpoint, fixture) == 10)
      #expect(try await fixture.states(endpoint) == "held 2, pending 20")
      #expect(try await Self.redeliver(endpoint, fixture) == 2)
      #expect(try await Self.redeliver(endpoint, fixture) == 0)
      #expect(try await fixture.states(other) == "failed 2, held 2")
      let trail = try await fixture.psql(
        "select count(*) from ops.audit_trail where action = 'webhook.redelivered'")
      #expect(trail == "3")
    }
  }

  @Test("only what failed, or was made and held, since then")
  func since() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await Self.endpoint(fixture, failed: 3, held: 4)
      try await fixture.psql(
        """
        update helpdesk.deliveries
           set created_at = created_at - interval '1 day', finished_at = finished_at - interval '1 day'
         where id in (select min(id) from helpdesk.deliveries group by state)
        """)
      let hour = try await fixture.psql("select now() - interval '1 hour'")
      #expect(try await Self.redeliver(endpoint, fixture, since: hour) == 5)
      #expect(try await fixture.states(endpoint) == "failed 1, held 1, pending 5")
    }
  }

  @Test("on a disabled endpoint what failed is held, once, and what is held stays")
  func disabled() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await Self.endpoint(fixture, failed: 12, held: 3)
      try await OperatorFunctions(fixture.pool).disableEndpoint(endpoint.rawValue)
      #expect(try await Self.redeliver(endpoint, fixture) == 10)
      #expect(try await Self.redeliver(endpoint, fixture) == 2)
      #expect(try await Self.redeliver(endpoint, fixture) == 0)
      #expect(try await fixture.states(endpoint) == "held 15")
    }
  }

  @Test("several at once share the deliveries, each once, and none waits for another in a circle")
  func concurrency() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await Self.endpoint(fixture, failed: 300, held: 300)
      let sent = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<6 {
          group.addTask {
            var (sum, last) = (0, 1)
            while last > 0 {
              last = try await Self.redeliver(endpoint, fixture, atMost: "40")
              sum += last
            }
            return sum
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(sent == 600)
      #expect(try await fixture.states(endpoint) == "pending 600")
    }
  }

  @Test("the command goes on until all are; without a number it is a thousand")
  func all() async throws {
    try await Fixture.with { fixture in
      let endpoint = try await Self.endpoint(fixture, failed: 2600, held: 900)
      let first = try await fixture.psql(
        "select ops.redeliver_failed('\(endpoint)', '-infinity')")
      #expect(first == "1000")
      let operations = OperatorFunctions(fixture.pool)
      let since = "2026-01-01T00:00:00Z"
      #expect(
        try await operations.redeliverFailed(endpoint: endpoint.rawValue, since: since) == 2500)
      #expect(try await operations.redeliverFailed(endpoint: endpoint.rawValue, since: since) == 0)
      #expect(try await fixture.states(endpoint) == "pending 3500")
    }
  }

  @Test("another number of them is refused", arguments: ["0", "-1", "10001", "null"])
  func number(atMost: String) async throws {
    try await Fixture.with { fixture in
      let endpoint = try await Self.endpoint(fixture, failed: 1, held: 0)
      let error = await #expect(throws: (any Error).self) {
        try await Self.redeliver(endpoint, fixture, atMost: atMost)
      }
      #expect(String(describing: error).contains("at_most must be from 1 to 10000, not \(atMost)"))
      #expect(try await fixture.states(endpoint) == "failed 1")
    }
  }
}
