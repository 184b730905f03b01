public import Postgres

/// The webhook queue in Postgres. docs/webhooks.md draws the states and who changes them.
public struct DeliveryStore: Sendable {
  /// Where `NOTIFY` tells that deliveries are due.
  public static let channel = "helpdesk_deliveries"

  let pool: PostgresPool
  let knownKeys: [String]
  private let recording: Fold<DeliveryResult, DeliveryRecord>

  /// - Parameter knownKeys: ids of the keys that open sealed secrets
  public init(_ pool: PostgresPool, knownKeys: [String] = []) {
    self.pool = pool
    self.knownKeys = knownKeys
    recording = Fold(pool, largest: 128, unit: Self.unit, split: Self.records)
  }

  // MARK: Results

  /// Results are recorded only under the lease they were claimed with. Failures in a row are counted
  /// in the order in which deliveries end: within a batch that is its order, so that a success in the
  /// middle cuts it into runs (`cut`), of which the first continues the count that was there.
  ///
  /// `failing_since` keeps the beginning of the run of failures that disabled an endpoint: a replay starts there.
  ///
  /// Endpoints whose count changes are locked, without waiting: who does not get a lock leaves its
  /// results out, and nobody else's wait for it. A success of an endpoint without failures changes no
  /// count and needs no lock.
  private static let record = Statement(
    """
    with result as materialized (
      select r.*, r.verdict in ('failed', 'gone')
                  or r.verdict = 'succeeded' and e.consecutive_failures > 0 as counts
        from unnest(
          $1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::int8[], $7::int8[],
          $8::int8[], $9::int4[], $10::text[], $11::text[]) with ordinality
        as r (org_id, id, endpoint_id, lease, verdict, delay, age, duration, status, error, response,
              place)
        join helpdesk.endpoints e on e.org_id = r.org_id and e.id = r.endpoint_id
    ), locked as materialized (
      select e.org_id, e.id, e.consecutive_failures
        from (select distinct org_id, endpoint_id from result where counts) c
        join helpdesk.endpoints e on e.org_id = c.org_id and e.id = c.endpoint_id
         for update of e skip locked
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
        from result r left join locked l on l.org_id = r.org_id and l.id = r.endpoint_id, moment
       where d.org_id = r.org_id and d.id = r.id and d.state = 'sending' and d.locked_until = r.lease
         and (l.id is not null or not r.counts)
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
               + case when r.cut = 0 then l.consecutive_failures else 0 end as failures
        from (select r.*, count(*) filter (where r.verdict = 'succeeded')
                            over (partition by r.org_id, r.endpoint_id order by r.place) as cut
                from recorded r where r.verdict not in ('retry', 'returned')) r
        join locked l on l.org_id = r.org_id and l.id = r.endpoint_id
       group by r.org_id, r.endpoint_id, r.cut, l.consecutive_failures
    ), tally as (
      select org_id, endpoint_id, (array_agg(failures order by cut desc))[1] as failures,
             case when bool_or(is_gone) then '\(DeliveryRecord.Disabling.gone.rawValue)'
                  when max(failures) >= \(mostFailures)
                  then '\(DeliveryRecord.Disabling.failures.rawValue)' end as fault,
             -- True if the run that disables the endpoint, or else the last run, continues the count before this batch.
             coalesce(min(cut) filter (where is_gone or failures >= \(mostFailures)), max(cut)) = 0
               as goes_on
        from run group by org_id, endpoint_id
    ), judged as (
      update helpdesk.endpoints e
         set consecutive_failures = t.failures,
             failing_since = case
               when e.disabled_at is not null then e.failing_since
               when t.failures = 0 and t.fault is null then null
               when t.goes_on and e.consecutive_failures > 0 then least(e.failing_since, moment.at)
               else moment.at end,
             disabled_at = coalesce(e.disabled_at, case when t.fault <> '' then moment.at end),
             disabled_reason = coalesce(e.disabled_reason, t.fault)
        from tally t, moment
       where e.org_id = t.org_id and e.id = t.endpoint_id
         and (e.consecutive_failures <> t.failures or (t.fault <> '' and e.disabled_at is null)
              or (t.failures > 0 and not t.goes_on))
      returning e.org_id, e.id,
                case when e.disabled_at = moment.at then e.disabled_reason end as fault
    )
    select r.place, r.counts and l.id is null as is_busy, done.place is not null as is_recorded,
           case when r.place = min(r.place) over (partition by r.org_id, r.endpoint_id)
                then j.fault end as disabling
      from result r
      left join recorded done on done.place = r.place
      left join locked l on l.org_id = r.org_id and l.id = r.endpoint_id
      left join judged j on j.org_id = r.org_id and j.id = r.endpoint_id
    """, .textArray, .textArray, .textArray, .timestamptzArray, .textArray, .int8Array, .int8Array,
    .int8Array, .int4Array, .textArray, .textArray)

  /// Deliveries that fail in a row, at which an endpoint is disabled (docs/webhooks.md, An endpoint's states).
  private static let mostFailures = 10

  /// Records results, those that arrive together in one statement.
  public func record(_ result: DeliveryResult) async throws(PostgresError) -> DeliveryRecord {
    try await recording(result)
  }

  /// Records a result apart from others, which may be what made its batch fail.
  public func recordAlone(_ result: DeliveryResult) async throws(PostgresError) -> DeliveryRecord {
    try Self.records([result], try await pool.execute(Self.unit([result])))[0]
  }

  static func unit(_ results: [DeliveryResult]) -> UnitOfWork {
    let deliveries = results.map(\.delivery)
    let now = ContinuousClock.now
    return UnitOfWork(
      .write,
      record(
        .textArray(deliveries.map(\.organization.rawValue)),
        .textArray(deliveries.map(\.id.rawValue)),
        .textArray(deliveries.map(\.endpoint.rawValue)),
        .timestamptzArray(deliveries.map(\.lease)), .textArray(results.map(\.verdict.name)),
        .int8Array(results.map { $0.verdict.delay.microseconds }),
        .int8Array(results.map { ($0.started.duration(to: now)).microseconds }),
        .int8Array(results.map { $0.duration.microseconds }),
        .int4Array(results.map { Int32(clamping: $0.status ?? 0) }),
        .textArray(results.map { plainText(($0.error ?? "").utf8.prefix(1000)) }),
        .textArray(results.map { plainText($0.response) })))
  }

  static func records(_ results: [DeliveryResult], _ rows: [Rows]) throws(PostgresError)
    -> [DeliveryRecord]
  {
    // One that has no row is of an endpoint that was deleted.
    var records = [DeliveryRecord](repeating: .lost, count: results.count)
    for row in rows[0] {
      let place = Int(try row.int8(0)) - 1
      guard records.indices.contains(place) else { continue }
      if try row.bool(2) {
        let disabling = try row.textOrNull(3).flatMap(DeliveryRecord.Disabling.init)
        records[place] = .recorded(disabling: disabling)
      } else if try row.bool(1) {
        records[place] = .busy
      }
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
             where state = 'sending'
               and (locked_until < now()
                    or locked_until > now() + interval '\(2 * lease.components.seconds) s')
             order by locked_until limit 500 for update skip locked) expired
     where d.org_id = expired.org_id and d.id = expired.id
    """)

  /// Makes deliveries pending again whose lease has ended without a result: their worker was killed,
  /// or lost its database. So are those whose lease ends later than it could, since the clock was set
  /// back by more than a lease meanwhile. At most 500 at a time.
  /// - Returns: how many.
  public func rescue() async throws(PostgresError) -> Int {
    try await pool.write(Self.rescue()).affected
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
