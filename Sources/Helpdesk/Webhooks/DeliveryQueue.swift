public import Postgres

/// The deliveries in the webhook queue. Counts stop at `DeliveryQueue.most`, so that counting stays
/// cheap.
public struct DeliveryQueue: Sendable, Equatable {
  public static let most = 100_000

  public var pending: Int
  public var sending: Int
  public var held: Int
  /// The time since the longest-waiting delivery became due.
  public var oldestDue: Duration

  private static func count(_ state: String) -> String {
    """
    (select count(*) from (select from helpdesk.deliveries where state = '\(state)' limit \(most)) d)
    """
  }

  private static let report = Statement(
    """
    select \(count("pending")) as pending, \(count("sending")) as sending, \(count("held")) as held,
           (select coalesce((extract(epoch from now() - min(h.due_at)) * 1000)::int8, 0)
              from helpdesk.find_due_endpoints() h
              join helpdesk.endpoints e on e.org_id = h.org_id and e.id = h.endpoint_id
             where e.disabled_at is null) as oldest_due
    """)

  public static func read(_ pool: PostgresPool) async throws(PostgresError) -> DeliveryQueue {
    guard let row = try await pool.read(report()).first else {
      throw .decoding(column: "pending", expected: "a row")
    }
    var columns = RowReader(row)
    return DeliveryQueue(
      pending: Int(try columns.int8()), sending: Int(try columns.int8()),
      held: Int(try columns.int8()), oldestDue: .milliseconds(try columns.int8()))
  }
}
