public import Postgres

/// Moving what waits for a disabled endpoint out of the way, and back when it is enabled with replay: at
/// most 1,000 rows at a time, so that no ticket waits for a long statement.
extension DeliveryStore {
  private static let disabledWithWaiting = Statement(
    """
    select e.org_id, e.id from helpdesk.endpoints e
     where e.disabled_at is not null and e.deleted_at is null and exists (
             select from helpdesk.deliveries d where d.state = 'pending' and d.endpoint_id = e.id)
     limit 100
    """)

  /// Disabled endpoints for which deliveries still wait; at most 100.
  public func disabledEndpointsWithWaiting() async throws(PostgresError)
    -> [(OrganizationID, EndpointID)]
  {
    try await endpoints(Self.disabledWithWaiting())
  }

  private static let hold = Statement(calling: "helpdesk.hold_deliveries", .text, .text)

  /// Holds what waits for a disabled endpoint.
  /// - Returns: how many; 0 also while somebody is changing the endpoint.
  public func hold(_ endpoint: EndpointID, of org: OrganizationID) async throws(PostgresError)
    -> Int
  {
    try await pool.count(Self.hold(.text(org.rawValue), .text(endpoint.rawValue)))
  }

  private static let replaying = Statement(
    """
    select e.org_id, e.id from helpdesk.endpoints e
     where e.replay_until is not null and e.disabled_at is null limit 100
    """)

  /// Endpoints that were enabled with more to replay than could be done at once; at most 100.
  public func replayingEndpoints() async throws(PostgresError) -> [(OrganizationID, EndpointID)] {
    try await endpoints(Self.replaying())
  }

  private static let replay = Statement(calling: "helpdesk.replay_deliveries", .text, .text)

  /// Makes the next part of a replay pending.
  /// - Returns: how many.
  public func replay(_ endpoint: EndpointID, of org: OrganizationID) async throws(PostgresError)
    -> Int
  {
    try await pool.count(Self.replay(.text(org.rawValue), .text(endpoint.rawValue)))
  }

  private func endpoints(_ query: Query) async throws(PostgresError)
    -> [(OrganizationID, EndpointID)]
  {
    try await pool.read(query).map { row throws(PostgresError) in
      var columns = RowReader(row)
      return (OrganizationID(stored: try columns.text()), EndpointID(stored: try columns.text()))
    }
  }
}
