public import Postgres

/// Corrects times that lie in the future by the database's clock: the clock was ahead when the rows
/// were written, and has been set back since. Such times are set to now. Otherwise retries and
/// sign-ins would have to wait for as long as the clock was wrong.
///
/// `helpdesk.admit` does this for the limiter, `DeliveryStore.rescue` for leases, and
/// `helpdesk.next_moment` keeps changes in order.
public struct MomentsAhead: Sendable {
  /// The most rows of each kind that a call corrects.
  public static let batch = 500

  private let pool: PostgresPool
  private let longestDelays: (first: Parameter, retry: Parameter)

  /// - Parameters:
  ///   - longestDelay: the longest time until a delivery without a failed attempt is due
  ///   - longestRetryDelay: the longest time between a failed attempt and the next
  public init(_ pool: PostgresPool, longestDelay: Duration, longestRetryDelay: Duration) {
    self.pool = pool
    longestDelays = (
      .int8(longestDelay.components.seconds), .int8(longestRetryDelay.components.seconds)
    )
  }

  private static let endpoints = Statement(calling: "helpdesk.correct_endpoints")
  private static let deliveries = Statement(calling: "helpdesk.correct_deliveries", .int8, .int8)
  private static let others = Statement(calling: "helpdesk.correct_moments")

  /// Sets such times to now.
  /// - Returns: how many deliveries have become due, and true if there may be more to correct
  public func setRight() async throws(PostgresError) -> (due: Int, isCut: Bool) {
    let rows = try await pool.execute(
      UnitOfWork(
        .write,
        // Endpoints come first, as everywhere, and because a replay looks for failures since one was
        // disabled.
        Self.endpoints(), Self.deliveries(longestDelays.first, longestDelays.retry),
        Self.others()))
    var counts: [Int] = []
    for row in rows.compactMap(\.first) { counts.append(try row.int4()) }
    guard var deliveries = rows[1].first.map(RowReader.init) else { return (0, false) }
    let due = try deliveries.int4()
    counts.append(try deliveries.int4())
    return (due: due, isCut: counts.contains { $0 >= Self.batch })
  }
}
