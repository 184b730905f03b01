public import Postgres

/// How much of one endpoint a worker has in hand.
public struct EndpointLoad: Sendable {
  public var endpoint: EndpointID
  /// How many more deliveries it may claim.
  public var room: Int
  /// How many it is sending.
  public var underWay: Int

  public init(endpoint: EndpointID, room: Int, underWay: Int) {
    self.endpoint = endpoint
    self.room = room
    self.underWay = underWay
  }
}

extension DeliveryStore {
  /// How long a claim lasts. Longer than an attempt and the recording of its result; short enough for
  /// another worker to take over within a minute.
  public static let lease: Duration = .seconds(30)

  // A claim that a crash of the database forgets leaves the delivery pending, which loses nothing: it
  // need not wait for the disk.
  private static let relaxed = Statement("select set_config('synchronous_commit', 'off', true)")

  /// SQL, behind `with recursive`: `head`, the first waiting delivery of each endpoint. It hops through
  /// the queue's index from endpoint to endpoint, and so costs as much for an endpoint with one
  /// delivery as for one with a million.
  static let heads = """
    head (endpoint_id, org_id, due_at) as (
      (select d.endpoint_id, d.org_id, d.next_attempt_at from helpdesk.deliveries d
        where d.state = 'pending' order by d.endpoint_id, d.next_attempt_at limit 1)
      union all
      select n.endpoint_id, n.org_id, n.next_attempt_at
        from head h cross join lateral (
          select d.endpoint_id, d.org_id, d.next_attempt_at from helpdesk.deliveries d
           where d.state = 'pending' and d.endpoint_id > h.endpoint_id
           order by d.endpoint_id, d.next_attempt_at limit 1) n
    )
    """

  /// Takes turns: `ready` puts the endpoints first that have the least under way, and each gets an
  /// equal share of what may be claimed.
  private static let claim = Statement(
    """
    with recursive \(heads), ready as materialized (
      select h.endpoint_id, e.url, coalesce(load.room, $2) as room
        from head h
        join helpdesk.endpoints e on e.org_id = h.org_id and e.id = h.endpoint_id
        left join unnest($3::text[], $4::int[], $5::int[]) as load (endpoint_id, room, under_way)
          on load.endpoint_id = h.endpoint_id
       where h.due_at <= now() and e.disabled_at is null and coalesce(load.room, $2) > 0
       order by coalesce(load.under_way, 0), h.due_at limit $1
    ), picked as materialized (
      select p.*, r.url, r.most
        from (select *, least(room, greatest(1, $1 / count(*) over ()))::int as most from ready) r
       cross join lateral (
         select d.org_id, d.id, d.next_attempt_at as due_at from helpdesk.deliveries d
          where d.state = 'pending' and d.endpoint_id = r.endpoint_id and d.next_attempt_at <= now()
          order by d.next_attempt_at limit r.most for update of d skip locked) p
    ), claimed as (
      update helpdesk.deliveries d
         set state = 'sending', next_attempt_at = null,
             locked_until = now() + interval '\(lease.components.seconds) s'
        from picked p where d.org_id = p.org_id and d.id = p.id
      returning d.*, p.url, p.most, p.due_at
    )
    select c.org_id, c.id, c.endpoint_id, c.event_id, v.type, c.url, v.body,
           array(select s.secret from helpdesk.endpoint_secrets s
                  where s.org_id = c.org_id and s.endpoint_id = c.endpoint_id
                    and (s.expires_at is null or s.expires_at > now())
                  order by s.expires_at is not null, s.created_at desc) as secrets,
           c.attempts, c.locked_until,
           (extract(epoch from now() - c.due_at) * 1000000)::int8 as waited, c.most
      from claimed c join helpdesk.events v on v.org_id = c.org_id and v.id = c.event_id
    """, .int4, .int4, .textArray, .int4Array, .int4Array)

  /// Claims deliveries that are due, fairly among endpoints, disabled ones excepted. None is claimed
  /// twice as long as its lease lasts.
  /// - Parameters:
  ///   - most: how many in all
  ///   - mostOfOne: how many of an endpoint that has no load here
  ///   - loads: the endpoints that have
  public func claim(_ most: Int, mostOfOne: Int, loads: [EndpointLoad]) async throws(PostgresError)
    -> [Delivery]
  {
    let rows = try await pool.execute(
      UnitOfWork(
        .write, Self.relaxed(),
        Self.claim(
          .int4(Int32(clamping: most)), .int4(Int32(clamping: mostOfOne)),
          .textArray(loads.map(\.endpoint.rawValue)),
          .int4Array(loads.map { Int32(clamping: $0.room) }),
          .int4Array(loads.map { Int32(clamping: $0.underWay) }))))
    return try rows[1].map { row throws(PostgresError) in
      Delivery(
        organization: OrganizationID(stored: try row.text(0)),
        id: DeliveryID(stored: try row.text(1)), endpoint: EndpointID(stored: try row.text(2)),
        event: EventID(stored: try row.text(3)), type: try row.text(4), url: try row.text(5),
        body: try row.text(6), secrets: try row.textArray(7), failedAttempts: try row.int4(8),
        lease: try row.timestamp(9), waited: .microseconds(try row.int8(10)),
        most: try row.int4(11))
    }
  }
}
