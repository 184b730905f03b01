public import Postgres

/// The webhook queue in Postgres. docs/webhooks.md draws the states and shows who changes them.
public struct DeliveryStore: Sendable {
  /// The channel on which `NOTIFY` reports that deliveries are due.
  public static let channel = "helpdesk_deliveries"

  let pool: PostgresPool
  let knownKeys: [String]
  private let recording: Batcher<DeliveryResult, DeliveryRecord>

  /// - Parameter knownKeys: ids of the keys that open sealed secrets
  public init(_ pool: PostgresPool, knownKeys: [String] = []) {
    self.pool = pool
    self.knownKeys = knownKeys
    recording = Batcher(pool, largest: 128, unit: Self.unit, split: Self.records)
  }

  // MARK: Claims

  /// The duration of a claim: longer than an attempt and the recording of its result, short enough for
  /// another worker to take over within a minute.
  public static let leaseDuration: Duration = .seconds(30)
  static var leaseSeconds: Int32 { Int32(leaseDuration.components.seconds) }

  private static let claim = Statement(
    calling: "helpdesk.claim_deliveries", .int4, .int4Array, .int4Array, .int4, .int4, .int8, .int4,
    .textArray, .textArray, .textArray, .int4Array, .int4Array, .int4Array, .int4Array)

  /// Claims deliveries that are due, fairly among endpoints. Leaves out disabled endpoints, those with a
  /// secret whose key is not known, and those that the limits exclude. None is claimed twice while its
  /// lease lasts.
  public func claim(_ limits: ClaimLimits) async throws(PostgresError) -> [Delivery] {
    func int4(_ value: Int) -> Int32 { Int32(clamping: value) }
    let loads = limits.loads
    let most = ClaimLimits.Standing.allCases.map { limits.ofStanding[$0] ?? limits.all }
    let shared = zip(ClaimLimits.Standing.allCases, most).map { limits.shared[$0] ?? $1 }
    let rows = try await pool.write(
      Self.claim(
        .int4(int4(limits.all)), .int4Array(most.map(int4)), .int4Array(shared.map(int4)),
        .int4(int4(limits.ofOne)), .int4(int4(limits.retriesOfOne)), .int8(Int64(limits.bytes)),
        .int4(Self.leaseSeconds), .textArray(knownKeys), .textArray(limits.except.map(\.rawValue)),
        .textArray(loads.map(\.endpoint.rawValue)),
        .int4Array(loads.map { int4($0.standing.rawValue) }),
        .int4Array(loads.map { int4($0.room) }), .int4Array(loads.map { int4($0.retryRoom) }),
        .int4Array(loads.map { int4($0.underWay) })))
    let readAt = ContinuousClock.now
    return try rows.map { row throws(PostgresError) in try Self.delivery(row, readAt: readAt) }
  }

  private static func delivery(_ row: Row, readAt: ContinuousClock.Instant) throws(PostgresError)
    -> Delivery
  {
    var columns = RowReader(row)
    let organization = OrganizationID(stored: try columns.text())
    let id = DeliveryID(stored: try columns.text())
    let endpoint = EndpointID(stored: try columns.text())
    return Delivery(
      organization: organization, id: id, endpoint: endpoint,
      event: EventID(stored: try columns.text()), type: try columns.text(),
      url: try columns.text(), body: try columns.text(),
      secrets: zip(
        try columns.textArray(), zip(try columns.textArray(), try columns.textArray())
      ).map { id, stored in
        StoredSecret(
          row: SecretRow(organization: organization, endpoint: endpoint, id: id),
          text: stored.0, keyID: stored.1.isEmpty ? nil : stored.1)
      },
      failedAttempts: try columns.int4(), lockedUntil: try columns.timestamp(),
      clock: DatabaseClock(try columns.timestamp(), readAt: readAt),
      waited: .microseconds(try columns.int8()), claimLimit: try columns.int4(),
      isFirst: try columns.bool(), traceParent: try columns.textOrNull())
  }

  // MARK: Results

  private static let record = Statement(
    calling: "helpdesk.record_results", .textArray, .textArray, .textArray, .timestamptzArray,
    .textArray, .int8Array, .int8Array, .int8Array, .int4Array, .textArray, .textArray)

  /// Records results. Those that arrive together share one statement.
  public func record(_ result: DeliveryResult) async throws(PostgresError) -> DeliveryRecord {
    try await recording(result)
  }

  /// Records a result apart from others, since it may be what made its batch fail.
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
        .timestamptzArray(deliveries.map(\.lockedUntil)), .textArray(results.map(\.outcome.name)),
        .int8Array(results.map { $0.outcome.delay.microseconds }),
        .int8Array(results.map { ($0.started.duration(to: now)).microseconds }),
        .int8Array(results.map { $0.duration.microseconds }),
        .int4Array(results.map { Int32(clamping: $0.status ?? 0) }),
        .textArray(results.map { plainText(($0.error ?? "").utf8.prefix(1000)) }),
        .textArray(results.map { plainText($0.response) })))
  }

  static func records(_ results: [DeliveryResult], _ rows: [Rows]) throws(PostgresError)
    -> [DeliveryRecord]
  {
    // A result without a row belongs to an endpoint that was deleted.
    var records = [DeliveryRecord](repeating: .lost, count: results.count)
    for row in rows[0] {
      var columns = RowReader(row)
      let index = Int(try columns.int8()) - 1
      guard records.indices.contains(index) else { continue }
      let isBusy = try columns.bool()
      if try columns.bool() {
        let reason = try columns.textOrNull().flatMap(Endpoint.DisableReason.init)
        records[index] = .recorded(disabled: reason)
      } else if isBusy {
        records[index] = .busy
      }
    }
    return records
  }

  /// The bytes in a form that PostgreSQL's `text` can hold: invalid UTF-8 and U+0000 are replaced.
  private static func plainText(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).replacing("\0", with: "\u{FFFD}")
  }

  // MARK: Upkeep

  private static let rescue = Statement(calling: "helpdesk.rescue_deliveries", .int4)

  /// Makes deliveries pending again whose lease has ended without a result, because their worker was
  /// killed or lost its database, and those whose lease ends later than possible, because the clock was
  /// set back by more than a lease. At most 500 at a time.
  /// - Returns: how many it changed
  public func rescue() async throws(PostgresError) -> Int {
    try await pool.count(Self.rescue(.int4(Self.leaseSeconds)))
  }

  // MARK: Holding and replaying

  // At most 1,000 rows at a time, so that no ticket waits for a long statement.

  private static let disabledWithWaiting = Statement(
    """
    select e.org_id, e.id from helpdesk.endpoints e
     where e.disabled_at is not null and e.deleted_at is null and exists (
             select from helpdesk.deliveries d where d.state = 'pending' and d.endpoint_id = e.id)
     limit 100
    """)

  /// Disabled endpoints for which deliveries still wait; at most 100.
  public func disabledEndpointsWithWaiting() async throws(PostgresError)
    -> [(OrganizationID, EndpointID)]
  {
    try await endpoints(Self.disabledWithWaiting())
  }

  private static let hold = Statement(calling: "helpdesk.hold_deliveries", .text, .text)

  /// Holds what waits for a disabled endpoint.
  /// - Returns: how many it held; 0 also while somebody is changing the endpoint
  public func hold(_ endpoint: EndpointID, of org: OrganizationID) async throws(PostgresError)
    -> Int
  {
    try await pool.count(Self.hold(.text(org.rawValue), .text(endpoint.rawValue)))
  }

  private static let replaying = Statement(
    """
    select e.org_id, e.id from helpdesk.endpoints e
     where e.replay_until is not null and e.disabled_at is null limit 100
    """)

  /// Endpoints that were enabled with more to replay than could be done at once; at most 100.
  public func replayingEndpoints() async throws(PostgresError) -> [(OrganizationID, EndpointID)] {
    try await endpoints(Self.replaying())
  }

  private static let replay = Statement(calling: "helpdesk.replay_deliveries", .text, .text)

  /// Makes the next part of a replay pending.
  /// - Returns: how many it changed
  public func replay(_ endpoint: EndpointID, of org: OrganizationID) async throws(PostgresError)
    -> Int
  {
    try await pool.count(Self.replay(.text(org.rawValue), .text(endpoint.rawValue)))
  }

  private func endpoints(_ query: Query) async throws(PostgresError)
    -> [(OrganizationID, EndpointID)]
  {
    try await pool.read(query).map { row throws(PostgresError) in
      var columns = RowReader(row)
      return (OrganizationID(stored: try columns.text()), EndpointID(stored: try columns.text()))
    }
  }
}

extension DeliveryResult.Outcome {
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
