public import Postgres

/// Moments that lie ahead of the database's clock: rows were written while it was ahead, and it was set
/// right. They count as now, or retries and sign-ins would wait for as long as the clock was wrong.
///
/// `helpdesk.admit` does this for the limiter, `DeliveryStore.rescue` for leases, and
/// `helpdesk.next_moment` keeps changes in order.
public struct MomentsAhead: Sendable {
  /// Rows of a kind that a call sets right at most.
  public static let batch = 500

  private let pool: PostgresPool
  private let longestDelays: (first: Parameter, retry: Parameter)

  /// - Parameters:
  ///   - longestDelay: after which a delivery without a failed attempt can become due
  ///   - longestRetryDelay: after which a failed attempt can be followed by the next
  public init(_ pool: PostgresPool, longestDelay: Duration, longestRetryDelay: Duration) {
    self.pool = pool
    longestDelays = (
      .int8(longestDelay.components.seconds), .int8(longestRetryDelay.components.seconds)
    )
  }

  /// SQL: later than the clock, and than a delay after it. A second more, since others may have written after
  /// this transaction began.
  private static func isAhead(_ column: String, by delay: String? = nil) -> String {
    "\(column) > now() + interval '1 s'" + (delay.map { " + \($0)" } ?? "")
  }

  /// Finds the last waiting delivery and the last waiting retry of each endpoint, as a claim finds the first
  /// ones.
  private static let deliveries = Statement(
    """
    with recursive tail (endpoint_id, is_retry, due_at) as (
      (select d.endpoint_id, d.attempts > 0, d.next_attempt_at from helpdesk.deliveries d
        where d.state = 'pending'
        order by d.endpoint_id desc, (d.attempts > 0) desc, d.next_attempt_at desc limit 1)
      union all
      select n.endpoint_id, n.is_retry, n.next_attempt_at
        from tail t cross join lateral (
          select d.endpoint_id, d.attempts > 0 as is_retry, d.next_attempt_at
            from helpdesk.deliveries d
           where d.state = 'pending' and (d.endpoint_id, d.attempts > 0) < (t.endpoint_id, t.is_retry)
           order by d.endpoint_id desc, (d.attempts > 0) desc, d.next_attempt_at desc limit 1) n
    ), late as materialized (
      select w.org_id, w.id
        from (select *, case when is_retry then $2 else $1 end * interval '1 s' as delay from tail) t
       cross join lateral (
         select d.org_id, d.id from helpdesk.deliveries d
          where d.state = 'pending' and d.endpoint_id = t.endpoint_id
            and (d.attempts > 0) = t.is_retry and \(isAhead("d.next_attempt_at", by: "t.delay"))
          order by d.next_attempt_at limit \(batch) for update skip locked) w
       where \(isAhead("t.due_at", by: "t.delay"))
       limit \(batch)
    )
    update helpdesk.deliveries d set next_attempt_at = now()
      from late where d.org_id = late.org_id and d.id = late.id
    """, .int8, .int8)

  /// Rows whose `column`, by which an index finds them, lies ahead.
  private static func update(
    _ table: String, key: String, _ column: String, set changes: String,
    where condition: String = "true"
  ) -> Statement {
    Statement(
      """
      update helpdesk.\(table) set \(changes)
       where (\(key)) in (
         select \(key) from helpdesk.\(table) where \(isAhead(column)) and \(condition)
          limit \(batch) for update skip locked)
      """)
  }

  private static let endpoints = update(
    "endpoints", key: "org_id, id", "disabled_at",
    set: "disabled_at = now(), failing_since = least(failing_since, now())")
  private static let failing = update(
    "endpoints", key: "org_id, id", "failing_since", set: "failing_since = now()")
  private static let replays = update(
    "endpoints", key: "org_id, id", "replay_until",
    set: "replay_until = now(), replay_from = least(replay_from, now())")
  private static let finished = update(
    "deliveries", key: "org_id, id", "finished_at", set: "finished_at = now()",
    where: "state in ('succeeded', 'failed')")
  private static let sessions = Statement("select helpdesk.correct_sessions()")
  private static let signInAttempts = Statement("select helpdesk.correct_sign_in_attempts()")
  private static let idempotencyKeys = Statement("select helpdesk.correct_idempotency_keys()")

  /// Sets them to now.
  /// - Returns: how many deliveries have become due, and whether there may be more to set right.
  public func setRight() async throws(PostgresError) -> (due: Int, isCut: Bool) {
    let rows = try await pool.execute(
      UnitOfWork(
        .write,
        // First, as everywhere, and because a replay looks for what failed since one was disabled.
        Self.endpoints(), Self.failing(), Self.replays(),
        Self.deliveries(longestDelays.first, longestDelays.retry), Self.finished(), Self.sessions(),
        Self.signInAttempts(), Self.idempotencyKeys())
    )
    var counts = rows.prefix(5).map(\.affected)
    for rows in rows.dropFirst(5) { counts.append(try rows.first?.int4(0) ?? 0) }
    return (due: counts[3], isCut: counts.contains(Self.batch))
  }
}
