public import Postgres

/// How much a worker may claim.
public struct ClaimLimits: Sendable {
  /// How an endpoint has done lately, as far as the worker knows; what it does not name is unknown.
  public enum Standing: Int, Sendable, CaseIterable {
    case failing, unknown, proven
  }

  /// What a worker has in hand of one endpoint.
  public struct Load: Sendable {
    public var endpoint: EndpointID
    public var standing: Standing
    /// How many more first attempts it may claim, and how many more retries.
    public var room: Int
    public var retryRoom: Int
    /// How many deliveries it is sending.
    public var underWay: Int

    public init(
      endpoint: EndpointID, standing: Standing, room: Int, retryRoom: Int, underWay: Int
    ) {
      self.endpoint = endpoint
      self.standing = standing
      self.room = room
      self.retryRoom = retryRoom
      self.underWay = underWay
    }
  }

  /// Deliveries in all, and at most of the endpoints of each standing.
  public var all: Int
  public var ofStanding: [Standing: Int]
  /// Of these, what is shared out among its endpoints; beyond it each gets one.
  public var shared: [Standing: Int]
  /// First attempts and retries of an endpoint without a load.
  public var ofOne: Int
  public var retriesOfOne: Int
  /// Bytes of bodies; one delivery at least is claimed.
  public var bytes: Int
  public var loads: [Load]
  /// Endpoints for which nothing is claimed.
  public var except: [EndpointID] = []

  public init(
    all: Int, ofStanding: [Standing: Int] = [:], shared: [Standing: Int] = [:], ofOne: Int,
    retriesOfOne: Int, bytes: Int = 16 << 20, loads: [Load] = []
  ) {
    self.all = all
    self.ofStanding = ofStanding
    self.shared = shared
    self.ofOne = ofOne
    self.retriesOfOne = retriesOfOne
    self.bytes = bytes
    self.loads = loads
  }
}

extension DeliveryStore {
  /// How long a claim lasts. Longer than an attempt and the recording of its result; short enough for
  /// another worker to take over within a minute.
  public static let lease: Duration = .seconds(30)

  // A claim that a crash of the database forgets leaves the delivery pending, which loses nothing: it
  // need not wait for the disk. For a synchronous standby it does: when a primary dies, a commit may be seen
  // for a moment that the standby never got, and its event must not be sent.
  private static let relaxed = Statement(
    """
    select set_config('synchronous_commit', 'off', true)
     where current_setting('synchronous_standby_names') = ''
    """)

  /// SQL, behind `with recursive`: `head`, of each endpoint the first waiting delivery and the first
  /// waiting retry. It hops through the queue's index from endpoint to endpoint, and so costs as much
  /// for an endpoint with one delivery as for one with a million.
  static let heads = """
    head (endpoint_id, is_retry, org_id, due_at) as (
      (select d.endpoint_id, d.attempts > 0, d.org_id, d.next_attempt_at from helpdesk.deliveries d
        where d.state = 'pending'
        order by d.endpoint_id, d.attempts > 0, d.next_attempt_at limit 1)
      union all
      select n.endpoint_id, n.is_retry, n.org_id, n.next_attempt_at
        from head h cross join lateral (
          select d.endpoint_id, d.attempts > 0 as is_retry, d.org_id, d.next_attempt_at
            from helpdesk.deliveries d
           where d.state = 'pending' and (d.endpoint_id, d.attempts > 0) > (h.endpoint_id, h.is_retry)
           order by d.endpoint_id, d.attempts > 0, d.next_attempt_at limit 1) n
    )
    """

  /// Takes turns: those with the least under way come first, and within a standing each gets an equal
  /// share of what may be claimed.
  private static let claim = Statement(
    """
    with recursive \(heads), due as (
      select h.endpoint_id, h.is_retry, h.due_at, e.url, coalesce(l.standing, 1) as standing,
             coalesce(l.under_way, 0) as under_way,
             case when h.is_retry then coalesce(l.retry_room, $4) else coalesce(l.room, $3) end as room
        from head h
        join helpdesk.endpoints e on e.org_id = h.org_id and e.id = h.endpoint_id
        left join unnest($6::text[], $7::int[], $8::int[], $9::int[], $10::int[])
          as l (endpoint_id, standing, room, retry_room, under_way) on l.endpoint_id = h.endpoint_id
       where h.due_at <= now() and e.disabled_at is null and h.endpoint_id <> all ($12)
         -- What it cannot sign, it leaves for a worker that has the key.
         and not exists (
               select from helpdesk.endpoint_secrets s
                where s.org_id = h.org_id and s.endpoint_id = h.endpoint_id
                  and s.key_id is not null and s.key_id <> all ($11)
                  and (s.expires_at is null or s.expires_at > now())
               offset 0)
    ), ready as materialized (
      select due.*, ($2::int[])[due.standing + 1] as budget,
             ($13::int[])[due.standing + 1] as shared,
             count(*) over (partition by standing) as peers,
             row_number() over (partition by standing
                                order by under_way, is_retry desc, due_at) as place
        from due where room > 0
    ), picked as materialized (
      select p.*, r.url, r.most, octet_length(v.body) as size,
             row_number() over (order by r.standing desc, r.place, p.due_at) as turn
        from (select *, least(room, greatest(1, shared / peers))::int as most
                from ready where place <= budget) r
       cross join lateral (
         select d.org_id, d.id, d.event_id, d.next_attempt_at as due_at from helpdesk.deliveries d
          where d.state = 'pending' and d.endpoint_id = r.endpoint_id
            and (d.attempts > 0) = r.is_retry and d.next_attempt_at between r.due_at and now()
          order by d.next_attempt_at limit r.most for update of d skip locked) p
        join helpdesk.events v on v.org_id = p.org_id and v.id = p.event_id
    ), claimed as (
      update helpdesk.deliveries d
         set state = 'sending', next_attempt_at = null,
             locked_until = now() + interval '\(lease.components.seconds) s'
        from (select *, sum(size) over (order by turn) - size as bytes_before from picked) p
       where d.org_id = p.org_id and d.id = p.id and p.turn <= $1 and p.bytes_before < $5
      returning d.*, p.url, p.most, p.due_at
    )
    select c.org_id, c.id, c.endpoint_id, c.event_id, v.type, c.url, v.body,
           array(select concat_ws(' ', s.id, s.secret, s.key_id) from helpdesk.endpoint_secrets s
                  where s.org_id = c.org_id and s.endpoint_id = c.endpoint_id
                    and (s.expires_at is null or s.expires_at > now())
                  order by s.expires_at is not null, s.created_at desc) as secrets,
           c.attempts, c.locked_until,
           (extract(epoch from now() - c.due_at) * 1000000)::int8 as waited, c.most,
           c.due_at = c.created_at as is_first, clock_timestamp() as clock, v.traceparent
      from claimed c join helpdesk.events v on v.org_id = c.org_id and v.id = c.event_id
    """, .int4, .int4Array, .int4, .int4, .int8, .textArray, .int4Array, .int4Array, .int4Array,
    .int4Array, .textArray, .textArray, .int4Array)

  /// Claims deliveries that are due, fairly among endpoints, except disabled ones, those with a
  /// secret whose key is not known, and those that the limits leave out. None is claimed twice as long
  /// as its lease lasts.
  public func claim(_ limits: ClaimLimits) async throws(PostgresError) -> [Delivery] {
    func int4(_ value: Int) -> Int32 { Int32(clamping: value) }
    let loads = limits.loads
    let places = ClaimLimits.Standing.allCases.map { limits.ofStanding[$0] ?? limits.all }
    let shared = zip(ClaimLimits.Standing.allCases, places).map { limits.shared[$0] ?? $1 }
    let rows = try await pool.execute(
      UnitOfWork(
        .write, Self.relaxed(),
        Self.claim(
          .int4(int4(limits.all)),
          .int4Array(places.map(int4)),
          .int4(int4(limits.ofOne)), .int4(int4(limits.retriesOfOne)), .int8(Int64(limits.bytes)),
          .textArray(loads.map(\.endpoint.rawValue)),
          .int4Array(loads.map { int4($0.standing.rawValue) }),
          .int4Array(loads.map { int4($0.room) }), .int4Array(loads.map { int4($0.retryRoom) }),
          .int4Array(loads.map { int4($0.underWay) }), .textArray(knownKeys),
          .textArray(limits.except.map(\.rawValue)), .int4Array(shared.map(int4)))))
    let readAt = ContinuousClock.now
    return try rows[1].map { row throws(PostgresError) in
      let organization = OrganizationID(stored: try row.text(0))
      let endpoint = EndpointID(stored: try row.text(2))
      return Delivery(
        organization: organization, id: DeliveryID(stored: try row.text(1)), endpoint: endpoint,
        event: EventID(stored: try row.text(3)), type: try row.text(4), url: try row.text(5),
        body: try row.text(6),
        secrets: try row.textArray(7).compactMap { Self.secret($0, organization, endpoint) },
        failedAttempts: try row.int4(8),
        lease: try row.timestamp(9), clock: DatabaseClock(try row.timestamp(13), readAt: readAt),
        waited: .microseconds(try row.int8(10)),
        most: try row.int4(11), isFirst: try row.bool(12),
        traceParent: try row.textOrNull(14))
    }
  }
  /// From id, text and perhaps key, separated by spaces.
  private static func secret(
    _ text: String, _ organization: OrganizationID, _ endpoint: EndpointID
  ) -> StoredSecret? {
    let parts = text.split(separator: " ").map(String.init)
    guard (2...3).contains(parts.count) else { return nil }
    let place = SecretPlace(organization: organization, endpoint: endpoint, id: parts[0])
    return StoredSecret(place: place, text: parts[1], keyID: parts.count == 3 ? parts[2] : nil)
  }
}
