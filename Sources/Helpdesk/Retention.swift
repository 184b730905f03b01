public import Postgres

/// Deletes what has been finished for long enough, a little at a time, so that no statement takes long
/// and vacuum keeps up.
public struct Retention: Sendable {
  /// The most rows that a call deletes.
  public static let batch = 500
  /// The same for the rate limiter's counters, for which the whole table is read.
  public static let rateLimitBatch = 1000

  /// The position that a pass over the events has reached.
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

  private static let pruneDeliveries = Statement(calling: "helpdesk.prune_deliveries", .int8)

  /// Deletes deliveries that ended long ago, and their attempts; at most 500.
  /// - Returns: how many it deleted
  public func pruneDeliveries() async throws(PostgresError) -> Int {
    try await pool.count(Self.pruneDeliveries(seconds))
  }

  private static let pruneEndpoints = Statement(calling: "helpdesk.prune_endpoints")

  /// Deletes at most `batch` deliveries of deleted endpoints, with their attempts, and endpoints that
  /// have none left: one may have a million.
  /// - Returns: how many deliveries it deleted
  public func pruneEndpoints() async throws(PostgresError) -> Int {
    try await pool.count(Self.pruneEndpoints())
  }

  private static let pruneExpired = Statement(calling: "helpdesk.prune_expired")
  private static let pruneRateLimits = Statement(calling: "helpdesk.prune_rate_limits")

  /// Deletes sessions that have expired, sign-in tries that have left the window, and idempotency keys
  /// that are no longer valid; at most `batch` of each.
  /// - Returns: the number of rows deleted from the table where most were
  public func pruneExpired() async throws(PostgresError) -> Int {
    try await pool.count(Self.pruneExpired())
  }

  /// Deletes the counters of keys that have not been used for some minutes; at most `rateLimitBatch`.
  /// - Returns: how many it deleted
  public func pruneRateLimits() async throws(PostgresError) -> Int {
    try await pool.count(Self.pruneRateLimits())
  }

  private static let pruneEvents = Statement(
    calling: "helpdesk.prune_events", .int8, .timestamptz, .text)

  /// Looks at the next 1,000 old events and deletes those that no delivery needs any more.
  /// - Parameter cursor: the cursor that the previous call returned; nil begins a pass
  /// - Returns: how many it deleted, and the next cursor; nil at the end
  public func pruneEvents(after cursor: Cursor?) async throws(PostgresError)
    -> (deleted: Int, next: Cursor?)
  {
    let rows = try await pool.write(
      Self.pruneEvents(
        seconds, .timestamptz(cursor?.createdAt ?? Timestamp(microsecondsSince2000: 0)),
        .text(cursor?.event ?? "")))
    guard let row = rows.first else { return (0, nil) }
    var columns = RowReader(row)
    let deleted = try columns.int4OrNull() ?? 0
    guard let createdAt = try columns.timestampOrNull() else { return (deleted, nil) }
    return (deleted, Cursor(createdAt: createdAt, event: try columns.text()))
  }
}
