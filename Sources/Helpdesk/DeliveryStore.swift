public import Postgres

/// The webhook queue in Postgres. docs/webhooks.md draws the states and who changes them.
public struct DeliveryStore: Sendable {
  /// Where `NOTIFY` tells that deliveries are due.
  public static let channel = "helpdesk_deliveries"

  let pool: PostgresPool
  private let recording: Fold<DeliveryResult, DeliveryRecord?>

  public init(_ pool: PostgresPool) {
    self.pool = pool
    recording = Fold(pool, largest: 128, unit: Self.unit, split: Self.records)
  }

  // MARK: Results

  /// Locks what `record` will change of endpoints before it locks deliveries, in one order everywhere,
  /// so that nobody deadlocks; `record` then sees counts that nobody else is changing. A success of an
  /// endpoint without failures changes no count: it locks nothing, and waits for nobody.
  private static let lock = Statement(
    """
    select from helpdesk.endpoints e
      join (select org_id, endpoint_id, bool_or(verdict <> 'succeeded') as has_failed
              from unnest($1::text[], $2::text[], $3::text[]) as r (org_id, endpoint_id, verdict)
             where verdict in ('succeeded', 'failed', 'gone')
             group by org_id, endpoint_id) r on r.org_id = e.org_id and r.endpoint_id = e.id
     where r.has_failed or e.consecutive_failures > 0
     order by e.id for update of e
    """, .textArray, .textArray, .textArray)

  /// Results are recorded only under the lease they were claimed with. Failures in a row are counted
  /// in the order in which deliveries end: within a batch that is its order, so that a success in the
  /// middle cuts it into runs (`cut`), of which the first continues the count that was there.
  private static let record = Statement(
    """
    with result as materialized (
      select * from unnest(
          $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::int8[], $7::int8[],
          $8::int8[], $9::int4[], $10::text[], $11::text[]) with ordinality
        as r (org_id, id, endpoint_id, lease, verdict, delay, age, duration, status, error, response,
              place)
    ), moment as materialized (
      select clock_timestamp() as at
    ), recorded as (
      update helpdesk.deliveries d
         set state = case r.verdict when 'retry' then 'pending' when 'returned' then 'pending'
                                    when 'succeeded' then 'succeeded' else 'failed' end,
             attempts = d.attempts + (r.verdict <> 'returned')::int, locked_until = null,
             next_attempt_at = case when r.verdict in ('retry', 'returned')
                                    then moment.at + r.delay * interval '1 us' end,
             finished_at = case when r.verdict not in ('retry', 'returned') then moment.at end
        from result r, moment
       where d.org_id = r.org_id and d.id = r.id and d.state = 'sending' and d.locked_until = r.lease
      returning r.*, d.attempts as number
    ), attempt as (
      insert into helpdesk.attempts
        (org_id, id, delivery_id, number, started_at, duration, status, error, response)
      select r.org_id, helpdesk.new_id(moment.at), r.id, r.number,
             moment.at - r.age * interval '1 us', r.duration * interval '1 us',
             nullif(r.status, 0), nullif(r.error, ''), nullif(r.response, '')
        from recorded r, moment where r.verdict <> 'returned'
    ), run as (
      select r.org_id, r.endpoint_id, r.cut, bool_or(r.verdict = 'gone') as is_gone,
             count(*) filter (where r.verdict <> 'succeeded')
               + case when r.cut = 0 then e.consecutive_failures else 0 end as failures
        from (select r.*, count(*) filter (where r.verdict = 'succeeded')
                            over (partition by r.org_id, r.endpoint_id order by r.place) as cut
                from recorded r where r.verdict not in ('retry', 'returned')) r
        join helpdesk.endpoints e on e.org_id = r.org_id and e.id = r.endpoint_id
       group by r.org_id, r.endpoint_id, r.cut, e.consecutive_failures
    ), tally as (
      select org_id, endpoint_id, (array_agg(failures order by cut desc))[1] as failures,
             case when bool_or(is_gone) then 'it answered 410 Gone'
                  when max(failures) >= \(mostFailures)
                  then '\(mostFailures) deliveries in a row failed' end as fault
        from run group by org_id, endpoint_id
    ), judged as (
      update helpdesk.endpoints e
         set consecutive_failures = t.failures,
             disabled_at = coalesce(e.disabled_at, case when t.fault <> '' then moment.at end),
             disabled_reason = coalesce(e.disabled_reason, t.fault)
        from tally t, moment
       where e.org_id = t.org_id and e.id = t.endpoint_id
         and (e.consecutive_failures <> t.failures or (t.fault <> '' and e.disabled_at is null))
      returning e.org_id, e.id,
                case when e.disabled_at = moment.at then e.disabled_reason end as fault
    )
    select r.place,
           case when r.place = min(r.place) over (partition by r.org_id, r.endpoint_id)
                then j.fault end as disabling,
           e.disabled_at is not null or j.fault is not null as is_disabled
      from recorded r
      join helpdesk.endpoints e on e.org_id = r.org_id and e.id = r.endpoint_id
      left join judged j on j.org_id = r.org_id and j.id = r.endpoint_id
    """, .textArray, .textArray, .textArray, .timestamptzArray, .textArray, .int8Array, .int8Array,
    .int8Array, .int4Array, .textArray, .textArray)

  /// Deliveries in a row whose attempts are spent, at which an endpoint is disabled. Source:
  /// contract.md, Circuit breaker.
  private static let mostFailures = 10

  /// Records results, those that arrive together in one statement.
  /// - Returns: nil if the lease was over and the delivery is no longer this process's.
  public func record(_ result: DeliveryResult) async throws(PostgresError) -> DeliveryRecord? {
    try await recording(result)
  }

  static func unit(_ results: [DeliveryResult]) -> UnitOfWork {
    let deliveries = results.map(\.delivery)
    let now = ContinuousClock.now
    let organizations = Parameter.textArray(deliveries.map(\.organization.rawValue))
    let endpoints = Parameter.textArray(deliveries.map(\.endpoint.rawValue))
    let verdicts = Parameter.textArray(results.map(\.verdict.name))
    return UnitOfWork(
      .write, lock(organizations, endpoints, verdicts),
      record(
        organizations, .textArray(deliveries.map(\.id.rawValue)), endpoints,
        .timestamptzArray(deliveries.map(\.lease)), verdicts,
        .int8Array(results.map { $0.verdict.delay.microseconds }),
        .int8Array(results.map { ($0.started.duration(to: now)).microseconds }),
        .int8Array(results.map { $0.duration.microseconds }),
        .int4Array(results.map { Int32(clamping: $0.status ?? 0) }),
        .textArray(results.map { plainText(($0.error ?? "").utf8.prefix(1000)) }),
        .textArray(results.map { plainText($0.response) })))
  }

  static func records(_ results: [DeliveryResult], _ rows: [Rows]) throws(PostgresError)
    -> [DeliveryRecord?]
  {
    var records = [DeliveryRecord?](repeating: nil, count: results.count)
    for row in rows[1] {
      let place = Int(try row.int8(0)) - 1
      guard records.indices.contains(place) else { continue }
      records[place] = DeliveryRecord(
        disabling: try row.textOrNull(1), isEndpointDisabled: try row.bool(2))
    }
    return records
  }

  /// What `text` can hold: UTF-8 without U+0000, repaired where it is not.
  private static func plainText(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).replacing("\0", with: "\u{FFFD}")
  }

  // MARK: Upkeep

  private static let rescue = Statement(
    """
    update helpdesk.deliveries d
       set state = 'pending', next_attempt_at = now(), locked_until = null
      from (select org_id, id from helpdesk.deliveries
             where state = 'sending' and locked_until < now()
             order by locked_until limit 500 for update skip locked) expired
     where d.org_id = expired.org_id and d.id = expired.id
    """)

  /// Makes deliveries pending again whose lease has ended without a result: their worker was killed,
  /// or lost its database. At most 500 at a time.
  /// - Returns: how many.
  public func rescue() async throws(PostgresError) -> Int {
    try await pool.write(Self.rescue()).affected
  }

  private static let disabledWithWaiting = Statement(
    """
    select e.org_id, e.id from helpdesk.endpoints e
     where e.disabled_at is not null and exists (
             select from helpdesk.deliveries d where d.state = 'pending' and d.endpoint_id = e.id)
     limit 100
    """)

  /// Disabled endpoints for which deliveries still wait.
  public func disabledEndpointsWithWaiting() async throws(PostgresError)
    -> [(OrganizationID, EndpointID)]
  {
    try await pool.read(Self.disabledWithWaiting()).map { row throws(PostgresError) in
      (OrganizationID(stored: try row.text(0)), EndpointID(stored: try row.text(1)))
    }
  }

  private static let lockDisabled = Statement(
    """
    select from helpdesk.endpoints where org_id = $1 and id = $2 and disabled_at is not null for share
    """, .text, .text)
  private static let hold = Statement(
    """
    update helpdesk.deliveries d set state = 'held', next_attempt_at = null
      from (select w.org_id, w.id
              from helpdesk.endpoints e
              join helpdesk.deliveries w on w.org_id = e.org_id and w.endpoint_id = e.id
             where e.org_id = $1 and e.id = $2 and e.disabled_at is not null and w.state = 'pending'
             limit 1000 for update of w skip locked) waiting
     where d.org_id = waiting.org_id and d.id = waiting.id
    """, .text, .text)

  /// Holds what waits for a disabled endpoint, at most 1,000 at a time, so that no statement is long
  /// and no ticket waits for it.
  /// - Returns: how many.
  public func hold(_ endpoint: EndpointID, of org: OrganizationID) async throws(PostgresError)
    -> Int
  {
    let (org, endpoint) = (Parameter.text(org.rawValue), Parameter.text(endpoint.rawValue))
    return try await pool.execute(
      UnitOfWork(.write, Self.lockDisabled(org, endpoint), Self.hold(org, endpoint)))[1].affected
  }
}

extension DeliveryResult.Verdict {
  fileprivate var name: String {
    switch self {
    case .succeeded: "succeeded"
    case .retry: "retry"
    case .failed: "failed"
    case .gone: "gone"
    case .returned: "returned"
    }
  }

  fileprivate var delay: Duration {
    switch self {
    case .retry(let delay), .returned(let delay): delay
    case .succeeded, .failed, .gone: .zero
    }
  }
}

extension Duration {
  fileprivate var microseconds: Int64 {
    components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
