public import Postgres

/// Deletes what has been finished for long enough, a little at a time, so that no statement is long and
/// vacuum keeps up.
public struct Retention: Sendable {
  /// Rows that a call deletes at most.
  public static let batch = 500

  /// Where in the events a pass has arrived.
  public struct Cursor: Sendable {
    var createdAt: Timestamp
    var event: String
  }

  private let pool: PostgresPool
  private let seconds: Parameter

  /// - Parameter age: how long finished deliveries and events are kept
  public init(_ pool: PostgresPool, age: Duration) {
    self.pool = pool
    seconds = .int8(age.components.seconds)
  }

  private static let pruneDeliveries = Statement(
    """
    delete from helpdesk.deliveries d
     using (select org_id, id from helpdesk.deliveries
             where state in ('succeeded', 'failed') and finished_at < now() - $1 * interval '1 s'
             order by finished_at limit \(batch) for update skip locked) old
     where d.org_id = old.org_id and d.id = old.id
    """, .int8)

  /// Deletes deliveries that ended long ago, and their attempts; at most `batch`.
  /// - Returns: how many.
  public func pruneDeliveries() async throws(PostgresError) -> Int {
    try await pool.write(Self.pruneDeliveries(seconds)).affected
  }

  private static let pruneSessions = Statement("select helpdesk.prune_sessions()")
  private static let pruneSignInAttempts = Statement("select helpdesk.prune_sign_in_attempts()")
  private static let pruneIdempotencyKeys = Statement("select helpdesk.prune_idempotency_keys()")
  private static let pruneRateLimits = Statement("select helpdesk.prune_rate_limits()")

  /// Deletes sessions that hold no longer because of their age; at most `batch`.
  /// - Returns: how many.
  public func pruneSessions() async throws(PostgresError) -> Int {
    try await count(Self.pruneSessions())
  }

  /// Deletes the counts of tries that have left the window; at most `batch`.
  /// - Returns: how many.
  public func pruneSignInAttempts() async throws(PostgresError) -> Int {
    try await count(Self.pruneSignInAttempts())
  }

  /// Deletes idempotency keys that are no longer good, and the answers kept with them; at most `batch`.
  /// - Returns: how many.
  public func pruneIdempotencyKeys() async throws(PostgresError) -> Int {
    try await count(Self.pruneIdempotencyKeys())
  }

  /// Deletes the counters of keys that have not been used for some minutes; at most 1,000.
  /// - Returns: how many.
  public func pruneRateLimits() async throws(PostgresError) -> Int {
    try await count(Self.pruneRateLimits())
  }

  private func count(_ prune: Query) async throws(PostgresError) -> Int {
    try await pool.write(prune).first?.int4(0) ?? 0
  }

  private static let pruneEvents = Statement(
    """
    with page as materialized (
      select org_id, id, created_at from helpdesk.events
       where created_at < now() - $1 * interval '1 s' and created_at >= $2
         and (created_at, id) > ($2, $3)
       order by created_at, id limit 1000
    ), deleted as (
      delete from helpdesk.events e using page p
       where e.org_id = p.org_id and e.id = p.id
         and not exists (select from helpdesk.deliveries d
                          where d.org_id = e.org_id and d.event_id = e.id)
      returning e.id
    )
    select created_at, id, (select count(*) from deleted) as deleted
      from page order by created_at desc, id desc limit 1
    """, .int8, .timestamptz, .text)

  /// Looks at the next 1,000 old events and deletes those that no delivery needs any more.
  /// - Parameter cursor: what the call before returned; nil begins a pass
  /// - Returns: how many were deleted, and where to go on; nil at the end.
  public func pruneEvents(after cursor: Cursor?) async throws(PostgresError)
    -> (deleted: Int, next: Cursor?)
  {
    let rows = try await pool.write(
      Self.pruneEvents(
        seconds, .timestamptz(cursor?.createdAt ?? Timestamp(microsecondsSince2000: 0)),
        .text(cursor?.event ?? "")))
    guard let row = rows.first else { return (0, nil) }
    return (
      Int(try row.int8(2)), Cursor(createdAt: try row.timestamp(0), event: try row.text(1))
    )
  }
}
