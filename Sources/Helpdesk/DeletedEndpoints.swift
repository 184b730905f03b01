public import Postgres

/// Makes away with what deleted endpoints leave behind, a little at a time: one may have a million
/// deliveries.
public struct DeletedEndpoints: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static let pruneDeliveries = Statement(
    """
    delete from helpdesk.deliveries d
     using (select w.org_id, w.id
              from helpdesk.endpoints e
              join helpdesk.deliveries w on w.org_id = e.org_id and w.endpoint_id = e.id
             where e.deleted_at is not null
             limit 500 for update of w skip locked) gone
     where d.org_id = gone.org_id and d.id = gone.id
    """)
  private static let pruneEndpoints = Statement(
    """
    delete from helpdesk.endpoints e
     using (select e.org_id, e.id from helpdesk.endpoints e
             where e.deleted_at is not null
               and not exists (select from helpdesk.deliveries d
                                where d.org_id = e.org_id and d.endpoint_id = e.id)
             limit 100 for update skip locked) gone
     where e.org_id = gone.org_id and e.id = gone.id
    """)

  /// Deletes at most 500 deliveries, with their attempts, and endpoints that have none left.
  /// - Returns: how many deliveries.
  public func prune() async throws(PostgresError) -> Int {
    let rows = try await pool.execute(
      UnitOfWork(.write, Self.pruneDeliveries(), Self.pruneEndpoints()))
    return rows[0].affected
  }
}
