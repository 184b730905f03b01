public import Postgres

/// Corrects times that lie in the future by the database's clock: the clock was ahead when the rows
/// were written, and has been set back since. Such times are set to now. Otherwise retries and
/// sign-ins would have to wait for as long as the clock was wrong.
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

  private static let endpoints = Statement(calling: "helpdesk.correct_endpoints")
  private static let deliveries = Statement(calling: "helpdesk.correct_deliveries", .int8, .int8)
  private static let others = Statement(calling: "helpdesk.correct_moments")

  /// Sets them to now.
  /// - Returns: how many deliveries have become due, and whether there may be more to set right.
  public func setRight() async throws(PostgresError) -> (due: Int, isCut: Bool) {
    let rows = try await pool.execute(
      UnitOfWork(
        .write,
        // First, as everywhere, and because a replay looks for what failed since one was disabled.
        Self.endpoints(), Self.deliveries(longestDelays.first, longestDelays.retry),
        Self.others()))
    var counts: [Int] = []
    for row in rows.compactMap(\.first) { counts.append(try row.int4(0)) }
    guard let deliveries = rows[1].first else { return (0, false) }
    counts.append(try deliveries.int4(1))
    return (due: try deliveries.int4(0), isCut: counts.contains { $0 >= Self.batch })
  }
}
