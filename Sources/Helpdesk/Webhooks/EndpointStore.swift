public import Postgres

/// An organization's webhook endpoints, as its people see them and its admins change them.
public struct EndpointStore: Sendable {
  /// The most endpoints that a list shows.
  public static let most = 200

  private let pool: PostgresPool
  private let keys: SecretKeys
  private var secrets: SecretStore { SecretStore(pool, keys: keys) }

  /// - Parameter keys: the keys that seal secrets
  public init(_ pool: PostgresPool, keys: SecretKeys) {
    self.pool = pool
    self.keys = keys
  }

  // MARK: Reading

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

  /// Nil if the organization has no such endpoint.
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

  /// The state is part of the text, so that the plan can use the index for that state alone.
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

  /// Counts by the hour of creation, which needs no index of its own.
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

  /// Nil if the organization has no such endpoint.
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
    ).first?.text() ?? ""
  }

  // MARK: Changing

  // Each throws `HelpdeskError` if it makes no change: `notAllowed` if the session's user is no longer an
  // admin, `notFound` if there is no such endpoint.

  private static let createEndpoint = Change(
    setting: "helpdesk.create_endpoint", .text, .textArray, .text, .text, .text, .text, .text)

  /// Creates an endpoint. The same form, sent again, creates no second one.
  /// - Returns: the id of the form's endpoint
  /// - Throws: `HelpdeskError.limitReached`; `invalid` for a URL that cannot be used
  public func create(_ draft: Endpoint.Draft, by session: Session, from address: String?)
    async throws -> EndpointID
  {
    let secret = try await secrets.make(for: nil, of: session.organization)
    var columns = try await pool.call(
      Self.createEndpoint(
        by: session, from: address,
        [
          .text(draft.url), .textArray(draft.events), .text(draft.submission),
          .text(secret.stored.row.endpoint.rawValue),
        ] + secret.parameters))
    return EndpointID(stored: try columns.text())
  }

  private static let updateEndpoint = Change(
    setting: "helpdesk.update_endpoint", .text, .text, .textArray)

  /// Changes an endpoint. Values that are already the same stay.
  /// - Throws: `HelpdeskError.invalid` for a URL that cannot be used
  public func update(
    _ endpoint: EndpointID, url: String, events: [String], by session: Session,
    from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.updateEndpoint(
        by: session, from: address, [.text(endpoint.rawValue), .text(url), .textArray(events)]))
  }

  private static let enableEndpoint = Change(setting: "helpdesk.enable_endpoint", .text, .bool)

  /// Enables an endpoint; one that is enabled stays as it is.
  /// - Parameter replay: true sends what was held, and what failed since the run of failures that
  ///   disabled it began (if it was disabled by hand: since then)
  public func enable(
    _ endpoint: EndpointID, replay: Bool, by session: Session, from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.enableEndpoint(by: session, from: address, [.text(endpoint.rawValue), .bool(replay)]))
  }

  private static let disableEndpoint = Change(setting: "helpdesk.disable_endpoint", .text, .text)

  /// Disables an endpoint; one that is disabled stays as it is.
  public func disable(
    _ endpoint: EndpointID, reason: String, by session: Session, from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.disableEndpoint(by: session, from: address, [.text(endpoint.rawValue), .text(reason)]))
  }

  private static let deleteEndpoint = Change(setting: "helpdesk.delete_endpoint", .text)

  /// Deletes an endpoint: nothing more is sent to it, and nobody sees it.
  public func delete(_ endpoint: EndpointID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.call(
      Self.deleteEndpoint(by: session, from: address, [.text(endpoint.rawValue)]))
  }

  private static let rotateSecret = Change(
    setting: "helpdesk.rotate_secret", .text, .text, .text, .text, .text, .textArray)

  /// Gives an endpoint a new secret.
  /// - Parameter current: the id of the secret to replace; another one stays
  /// - Throws: `HelpdeskError.limitReached`
  public func rotateSecret(
    of endpoint: EndpointID, current: String, by session: Session, from address: String?
  ) async throws {
    let secret = try await secrets.make(for: endpoint, of: session.organization)
    _ = try await pool.call(
      Self.rotateSecret(
        by: session, from: address,
        [.text(endpoint.rawValue), .text(current)] + secret.parameters + [.null]))
  }

  private static let showSecrets = Change(setting: "helpdesk.show_secrets", .text)

  /// The secrets that sign, the current one first; none if the session's user may not see them.
  /// - Throws: `SecretFault` if one cannot be opened
  public func showSecrets(of endpoint: EndpointID, by session: Session, from address: String?)
    async throws -> [Endpoint.Secret]
  {
    try await pool.write(
      Self.showSecrets(by: session, from: address, [.text(endpoint.rawValue)])
    ).map { row in
      var columns = RowReader(row)
      let stored = StoredSecret(
        row: SecretRow(
          organization: session.organization, endpoint: endpoint, id: try columns.text()),
        text: try columns.text(), keyID: try columns.textOrNull())
      return Endpoint.Secret(
        text: try keys.open(stored), createdAt: try columns.timestamp(),
        expiresAt: try columns.timestampOrNull())
    }
  }

  private static let testEndpoint = Change(setting: "helpdesk.test_endpoint", .text)

  /// - Returns: the id of the test event's delivery
  public func test(_ endpoint: EndpointID, by session: Session, from address: String?) async throws
    -> DeliveryID
  {
    var columns = try await pool.call(
      Self.testEndpoint(by: session, from: address, [.text(endpoint.rawValue)]))
    return DeliveryID(stored: try columns.text())
  }

  private static let redeliver = Change(setting: "helpdesk.redeliver", .text)

  /// Sends a delivery again; held, when its endpoint is disabled.
  /// - Throws: `HelpdeskError.isBeingSent`
  public func redeliver(_ delivery: DeliveryID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.call(
      Self.redeliver(by: session, from: address, [.text(delivery.rawValue)]))
  }

  private static let replayEndpoint = Change(setting: "helpdesk.replay_endpoint", .text, .int4)

  /// Sends again what failed in the last hours and everything that is held: the first 1,000 at once, the
  /// rest by a worker.
  /// - Throws: `HelpdeskError.unchanged` if the endpoint is disabled
  public func redeliverFailed(
    of endpoint: EndpointID, hours: Int32, by session: Session, from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.replayEndpoint(by: session, from: address, [.text(endpoint.rawValue), .int4(hours)]))
  }
}
