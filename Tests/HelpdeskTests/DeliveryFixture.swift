import Postgres
import TestSupport
import Testing

@testable import Helpdesk

extension Fixture {
  /// An endpoint with so many deliveries that have been due since now.
  func endpoint(
    _ events: [String] = ["ticket.created"], due count: Int = 0
  ) async throws -> EndpointID {
    let line = try await OperatorFunctions(pool).createEndpoint(
      org: organization.rawValue, url: "https://example.com/", events: events)
    let endpoint = EndpointID(stored: String(try #require(line.split(separator: "\t").first)))
    if count > 0 { try await makeDeliveries(count, to: endpoint) }
    return endpoint
  }

  /// Makes deliveries that have been due since now.
  func makeDeliveries(_ count: Int, to endpoint: EndpointID) async throws {
    try await database.psql(
      """
      with event as (
        insert into helpdesk.events (org_id, id, type, body, created_at)
        select '\(organization)', helpdesk.new_id(clock_timestamp()), 'webhook.test', '{}',
               clock_timestamp()
        returning *
      )
      insert into helpdesk.deliveries
        (org_id, id, endpoint_id, event_id, state, created_at, next_attempt_at)
      select org_id, helpdesk.new_id(created_at), '\(endpoint)', id, 'pending', created_at, created_at
        from event, generate_series(1, \(count))
      """)
  }

  /// The number of deliveries in each state, such as `failed 1, pending 2`.
  func states(_ endpoint: EndpointID) async throws -> String {
    try await database.psql(
      """
      select string_agg(state || ' ' || count, ', ' order by state)
        from (select state, count(*) from helpdesk.deliveries
               where endpoint_id = '\(endpoint)' group by state) d
      """)
  }

  /// Failures in a row and why it is disabled, such as `3|` or `10|10 deliveries in a row failed`.
  func standing(_ endpoint: EndpointID) async throws -> String {
    try await database.psql(
      """
      select consecutive_failures, disabled_reason from helpdesk.endpoints where id = '\(endpoint)'
      """)
  }
}

extension DeliveryStore {
  func claim(_ most: Int = 100, ofOne: Int = 100, loads: [ClaimLimits.Load] = []) async throws
    -> [Delivery]
  {
    try await claim(ClaimLimits(all: most, ofOne: ofOne, retriesOfOne: ofOne, loads: loads))
  }
}

extension DeliveryResult {
  init(_ delivery: Delivery, _ outcome: Outcome) {
    self.init(delivery, outcome, started: .now, duration: .milliseconds(5), status: 500)
  }
}
