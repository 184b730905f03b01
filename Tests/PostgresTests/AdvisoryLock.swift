import Postgres
import TestSupport

/// A lock that keeps a test's units in flight until it is released, so that the test waits for an event
/// and never for a span of time.
struct AdvisoryLock {
  private static let waiting = Statement(
    """
    select coalesce(array_agg(pid::text order by waitstart), '{}') from pg_locks
    where locktype = 'advisory' and not granted
      and pid in (select pid from pg_stat_activity where application_name = $1)
    """, .text)

  private let pool: PostgresPool
  private let schema: TestSchema
  private let key: Int
  /// A unit that waits for the lock.
  let unit: UnitOfWork

  /// Lends the lock, taken, to `body`.
  static func with(
    _ schema: TestSchema, _ body: (AdvisoryLock) async throws -> Void
  ) async throws {
    let key = Int.random(in: 0...Int.max)
    let unit = UnitOfWork(.read, Statement("select pg_advisory_xact_lock_shared(\(key))")())
    try await withPool(schema.url, connections: 1) { pool in
      try await pool.run("select pg_advisory_lock(\(key))")
      try await body(AdvisoryLock(pool: pool, schema: schema, key: key, unit: unit))
    }
  }

  func release() async throws { try await pool.run("select pg_advisory_unlock(\(key))") }

  /// The backends that wait for it, the longest wait first.
  func waiters() async throws -> [String] {
    try await pool.read(Self.waiting(.text(schema.name))).first?.column(0) { try $0.textArray() }
      ?? []
  }

  /// Waits until this many backends wait for it.
  @discardableResult
  func waiters(_ count: Int) async throws -> [String] {
    try await eventually("\(count) wait for the lock") { try await waiters().count == count }
    return try await waiters()
  }

  /// Runs a statement on the connection that holds the lock.
  func run(_ sql: String) async throws { try await pool.run(sql) }

  /// The pool's backends.
  func backends() async throws -> [String] {
    let statement = Statement(
      """
      select coalesce(array_agg(pid::text order by pid), '{}') from pg_stat_activity
      where application_name = $1
      """, .text)
    return try await pool.read(statement(.text(schema.name))).first?.column(0) {
      try $0.textArray()
    } ?? []
  }

  /// Waits until the pool has this many connections.
  func connections(_ count: Int) async throws {
    try await eventually("\(count) connections") { try await backends().count == count }
  }
}
