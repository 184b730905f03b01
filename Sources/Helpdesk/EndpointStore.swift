public import Postgres

/// An organization's webhook endpoints, as its people see them.
public struct EndpointStore: Sendable {
  /// As many endpoints as a list shows.
  public static let most = 200

  let pool: PostgresPool
  let keys: SecretKeys
  var secrets: SecretStore { SecretStore(pool, keys: keys) }

  /// - Parameter keys: what secrets are sealed with
  public init(_ pool: PostgresPool, keys: SecretKeys) {
    self.pool = pool
    self.keys = keys
  }

  private static func select(_ condition: String) -> String {
    """
    select e.id, e.url, e.events, e.created_at, e.consecutive_failures,
           e.replay_until is not null as is_replaying, e.disabled_at, e.disabled_reason,
           d.id, d.created_at, d.state
      from helpdesk.endpoints e
      left join lateral (
        select d.id, d.created_at, d.state from helpdesk.deliveries d
         where d.org_id = e.org_id and d.endpoint_id = e.id
         order by d.created_at desc, d.id desc limit 1
      ) d on true
     where e.org_id = $1 and e.deleted_at is null and \(condition)
     order by e.id desc limit \(most)
    """
  }

  private static let listEndpoints = Statement(select("true"), .text)
  private static let findEndpoint = Statement(select("e.id = $2"), .text, .text)

  /// The newest endpoints, at most `most`.
  public func list(_ organization: OrganizationID) async throws(PostgresError) -> [Endpoint.Entry] {
    try await pool.read(Self.listEndpoints(.text(organization.rawValue))).map(Self.entry)
  }

  /// Nil when the organization has no such endpoint.
  public func find(_ endpoint: EndpointID, in organization: OrganizationID)
    async throws(PostgresError) -> Endpoint.Entry?
  {
    try await pool.read(
      Self.findEndpoint(.text(organization.rawValue), .text(endpoint.rawValue))
    ).first.map(Self.entry)
  }

  private static func entry(_ row: Row) throws(PostgresError) -> Endpoint.Entry {
    var columns = RowReader(row)
    var entry = Endpoint.Entry(
      id: EndpointID(stored: try columns.text()), url: try columns.text(),
      events: try columns.textArray(), createdAt: try columns.timestamp(),
      consecutiveFailures: try columns.int4(), isReplaying: try columns.bool())
    let (since, reason) = (try columns.timestampOrNull(), try columns.textOrNull())
    if let since, let reason {
      entry.disabled = Endpoint.Disabled(since: since, reason: reason)
    }
    if let id = try columns.textOrNull() {
      entry.lastDelivery = Endpoint.LastDelivery(
        id: DeliveryID(stored: id), createdAt: try columns.timestamp(),
        state: try Delivery.State(stored: columns.text()))
    }
    return entry
  }

  /// The state is part of the text, so that the plan can use the index of that state alone.
  private static func count(_ condition: String) -> String {
    """
    (select count(*)::int4 from (
       select from helpdesk.deliveries d
        where d.org_id = $1 and d.endpoint_id = $2 and d.\(condition)
        limit \(Endpoint.Counts.most)) d)
    """
  }

  private static let countDeliveries = Statement(
    """
    select \(count("state = 'pending'")) as pending, \(count("state = 'held'")) as held,
           \(count("state = 'failed'")) as failed,
           \(count("""
             state = 'failed' and d.finished_at >= (
               select least(e.failing_since, e.disabled_at) from helpdesk.endpoints e
                where e.org_id = $1 and e.id = $2 and e.disabled_at is not null)
             """)) as failed_meanwhile
    """, .text, .text)

  /// By the hour in which they were made: that needs no index of its own.
  private static let countHours = Statement(
    """
    select h.at, c.succeeded, c.failed, c.looked_at > \(Endpoint.Hour.most) as is_cut
      from generate_series(date_trunc('hour', now(), 'UTC') - interval '23 hours',
                           date_trunc('hour', now(), 'UTC'), interval '1 hour') h (at)
     cross join lateral (
       select count(*)::int4 as looked_at,
              (count(*) filter (where d.state = 'succeeded'))::int4 as succeeded,
              (count(*) filter (where d.state = 'failed'))::int4 as failed
         from (select d.state from helpdesk.deliveries d
                where d.org_id = $1 and d.endpoint_id = $2
                  and d.created_at >= h.at and d.created_at < h.at + interval '1 hour'
                order by d.created_at desc limit \(Endpoint.Hour.most + 1)) d
     ) c
     order by h.at
    """, .text, .text)

  /// Nil when the organization has no such endpoint.
  public func overview(_ endpoint: EndpointID, in organization: OrganizationID)
    async throws(PostgresError) -> Endpoint.Overview?
  {
    let (org, id) = (Parameter.text(organization.rawValue), Parameter.text(endpoint.rawValue))
    let rows = try await pool.execute(
      UnitOfWork(
        .read, Self.findEndpoint(org, id), Self.countDeliveries(org, id), Self.countHours(org, id)))
    guard let row = rows[0].first, var counts = rows[1].first.map(RowReader.init) else {
      return nil
    }
    return Endpoint.Overview(
      entry: try Self.entry(row),
      counts: Endpoint.Counts(
        pending: try counts.int4(), held: try counts.int4(), failed: try counts.int4(),
        failedMeanwhile: try counts.int4()),
      hours: try rows[2].map { row throws(PostgresError) in
        var columns = RowReader(row)
        return Endpoint.Hour(
          start: try columns.timestamp(), succeeded: try columns.int4(), failed: try columns.int4(),
          isCut: try columns.bool())
      })
  }

  private static let currentSecret = Statement(
    """
    select id from helpdesk.endpoint_secrets
     where org_id = $1 and endpoint_id = $2 and expires_at is null
    """, .text, .text)

  /// The id of the current secret.
  public func currentSecret(of endpoint: EndpointID, in organization: OrganizationID)
    async throws(PostgresError) -> String
  {
    try await pool.read(
      Self.currentSecret(.text(organization.rawValue), .text(endpoint.rawValue))
    ).first?.text(0) ?? ""
  }
}
