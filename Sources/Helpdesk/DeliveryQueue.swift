public import Postgres

/// How full the webhook queue is. Counts stop at `DeliveryQueue.most`, so that asking stays cheap.
public struct DeliveryQueue: Sendable, Equatable {
  public static let most = 100_000

  public var pending: Int
  public var sending: Int
  public var held: Int
  /// For how long the delivery that has been due longest has been due.
  public var oldestDue: Duration

  private static func count(_ state: String) -> String {
    """
    (select count(*) from (select from helpdesk.deliveries where state = '\(state)' limit \(most)) d)
    """
  }

  private static let report = Statement(
    """
    with recursive \(DeliveryStore.heads)
    select \(count("pending")) as pending, \(count("sending")) as sending, \(count("held")) as held,
           (select coalesce((extract(epoch from now() - min(h.due_at)) * 1000)::int8, 0)
              from head h join helpdesk.endpoints e on e.org_id = h.org_id and e.id = h.endpoint_id
             where h.due_at <= now() and e.disabled_at is null) as oldest_due
    """)

  public static func read(_ pool: PostgresPool) async throws(PostgresError) -> DeliveryQueue {
    guard let row = try await pool.read(report()).first else {
      throw .decoding(column: "pending", expected: "a row")
    }
    return DeliveryQueue(
      pending: Int(try row.int8(0)), sending: Int(try row.int8(1)), held: Int(try row.int8(2)),
      oldestDue: .milliseconds(try row.int8(3)))
  }
}
