public import Postgres

/// What admins do to their organization's endpoints, by the same functions in `ops` that operators
/// use. The role is asked again here, and the audit event is written by the statement of the change.
///
/// Each throws `EndpointRefusal` when it is not done.
extension EndpointStore {
  /// SQL: who does it, if they may. The organization is `$1`, the user `$2`, the address `$3`.
  private static func actor(_ condition: String = "true") -> String {
    """
    u as materialized (
      select u.id, u.name from helpdesk.users u
        join helpdesk.organizations o on o.id = u.org_id
       where u.org_id = $1 and u.id = $2 and u.role = 'admin'
         and u.password_hash is not null and \(condition)
    )
    """
  }

  /// SQL: an audit event for each row of `e`.
  private static func audit(_ action: String, target: String = "e.id") -> String {
    """
    \(AuditTrail.insert) select \(AuditTrail.values(
      action: "'webhook.\(action)'", targetID: target, targetName: "left(e.url, 254)",
      address: "$3")) from u, e
    """
  }

  /// SQL: locks the endpoint `$4` as `e`, has a function change it and gives its result.
  /// - Parameters:
  ///   - lock: `true`, or `false` where tickets may go on meanwhile
  ///   - condition: on `e`; without it, nothing is done and the result is null
  private static func change(
    _ action: String, lock: Bool = true, _ function: String, if condition: String = "true"
  ) -> String {
    """
    with \(actor()), e as materialized (
      select e.id, e.url, case when \(condition) then (\(function))::text end as result
        from u, ops._lock_endpoint($4, \(lock), $1) e
    ), audited as (
      \(audit(action)) where e.result is not null
    )
    select result from e
    """
  }

  private static let createEndpoint = Statement(
    """
    with \(actor("o.plan <> 'FREE'")), e as materialized (
      select e.id, e.url from u, ops._create_endpoint($1, $4, $5, $6, $7, $8, $9, $10) e
       where e.id is not null
    )
    \(audit("created"))
    """, .text, .text, .text, .text, .textArray, .text, .text, .text, .text, .text)
  /// A statement of its own sees what the same form made at the same moment.
  private static let findSubmission = Statement(
    """
    select id from helpdesk.endpoints where org_id = $1 and submission = $2 and deleted_at is null
    """, .text, .text)

  /// Makes an endpoint. The same form, sent again, makes no second one.
  /// - Returns: the id of the form's endpoint.
  public func create(_ draft: Endpoint.Draft, by session: Session, from address: String?)
    async throws -> EndpointID
  {
    let secret = try await secrets.make(for: nil, of: session.organization)
    let rows = try await refusing(tooMany: .tooManyEndpoints) {
      () async throws(PostgresError) in
      try await pool.execute(
        UnitOfWork(
          .write,
          Self.createEndpoint(
            [
              .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
              .text(draft.url), .textArray(draft.events), .text(draft.submission),
              .text(secret.stored.place.endpoint.rawValue),
            ] + secret.parameters),
          Self.findSubmission(.text(session.organization.rawValue), .text(draft.submission))))
    }
    guard let row = rows[1].first else { throw EndpointRefusal.notAllowed }
    return EndpointID(stored: try row.text(0))
  }

  private static let updateEndpoint = Statement(
    change("updated", "nullif(ops._update_endpoint(e, $5, $6), false)"),
    .text, .text, .text, .text, .text, .textArray)

  /// Changes an endpoint; what is the same already stays.
  public func update(
    _ endpoint: EndpointID, url: String, events: [String], by session: Session,
    from address: String?
  ) async throws {
    _ = try await run(
      Self.updateEndpoint, endpoint, session, address, [.text(url), .textArray(events)]
    )
  }

  private static let enableEndpoint = Statement(
    change("enabled", "ops._enable_endpoint(e, $5)", if: "e.disabled_at is not null"),
    .text, .text, .text, .text, .bool)

  /// Enables an endpoint; one that is enabled stays as it is.
  /// - Parameter replay: whether what was held, or failed since the run of failures began that disabled
  ///   it (by hand: since it was disabled), is sent
  public func enable(
    _ endpoint: EndpointID, replay: Bool, by session: Session, from address: String?
  ) async throws {
    _ = try await run(Self.enableEndpoint, endpoint, session, address, [.bool(replay)])
  }

  private static let disableEndpoint = Statement(
    change("disabled", "ops._disable_endpoint(e, $5)", if: "e.disabled_at is null"),
    .text, .text, .text, .text, .text)

  /// Disables an endpoint; one that is disabled stays as it is.
  public func disable(
    _ endpoint: EndpointID, reason: String, by session: Session, from address: String?
  ) async throws {
    _ = try await run(Self.disableEndpoint, endpoint, session, address, [.text(reason)])
  }

  private static let deleteEndpoint = Statement(
    change("deleted", "ops._delete_endpoint(e)"), .text, .text, .text, .text)

  /// Deletes an endpoint: nothing is sent to it any more, and nobody sees it.
  public func delete(_ endpoint: EndpointID, by session: Session, from address: String?)
    async throws
  {
    _ = try await run(Self.deleteEndpoint, endpoint, session, address)
  }

  private static let rotateSecret = Statement(
    change(
      "secret_rotated", "ops._rotate_secret(e, $6, $7, $8)",
      if: """
        exists (select from helpdesk.endpoint_secrets s
                 where s.org_id = e.org_id and s.endpoint_id = e.id and s.expires_at is null
                   and s.id = $5)
        """), .text, .text, .text, .text, .text, .text, .text, .text)

  /// Gives an endpoint a new secret.
  /// - Parameter current: the id of the secret that is to be replaced; another stays
  public func rotateSecret(
    of endpoint: EndpointID, current: String, by session: Session, from address: String?
  ) async throws {
    let secret = try await secrets.make(for: endpoint, of: session.organization)
    _ = try await run(
      Self.rotateSecret, endpoint, session, address, [.text(current)] + secret.parameters)
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

  private static let showSecrets = Statement(
    """
    with \(actor()), e as materialized (
      select e.id, e.url from helpdesk.endpoints e, u
       where e.org_id = $1 and e.id = $4 and e.deleted_at is null
    ), audited as (
      \(audit("secret_shown"))
    )
    select s.id, s.secret, s.key_id, s.created_at, s.expires_at
      from e join helpdesk.endpoint_secrets s on s.org_id = $1 and s.endpoint_id = e.id
     where s.expires_at is null or s.expires_at > now()
     order by s.expires_at is not null, s.created_at desc
    """, .text, .text, .text, .text)

  /// The secrets that sign, the current one first; none when the session's user may not see them.
  /// - Throws: `SecretFault` when one cannot be opened.
  public func showSecrets(of endpoint: EndpointID, by session: Session, from address: String?)
    async throws -> [Endpoint.Secret]
  {
    try await pool.write(
      Self.showSecrets(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(endpoint.rawValue))
    ).map { row in
      let place = SecretPlace(
        organization: session.organization, endpoint: endpoint, id: try row.text(0))
      let stored = StoredSecret(
        place: place, text: try row.text(1), keyID: try row.textOrNull(2))
      return Endpoint.Secret(
        text: try keys.open(stored), createdAt: try row.timestamp(3),
        expiresAt: try row.timestampOrNull(4))
    }
  }

  private static let testEndpoint = Statement(
    change("tested", lock: false, "ops._test_endpoint(e)"), .text, .text, .text, .text)

  /// - Returns: the id of the test event's delivery.
  public func test(_ endpoint: EndpointID, by session: Session, from address: String?) async throws
    -> DeliveryID
  {
    DeliveryID(stored: try await run(Self.testEndpoint, endpoint, session, address))
  }

  private static let redeliverOne = Statement(
    """
    with \(actor()), e as materialized (
      select d.id, e.url, ops._redeliver(e, d.id) as result
        from u
        join helpdesk.deliveries d on d.org_id = $1 and d.id = $4
       cross join lateral ops._lock_endpoint(d.endpoint_id, false, $1) e
    ), audited as (
      \(audit("redelivered"))
    )
    select result from e
    """, .text, .text, .text, .text)

  /// Sends a delivery again; held, when its endpoint is disabled.
  public func redeliver(_ delivery: DeliveryID, by session: Session, from address: String?)
    async throws
  {
    let rows = try await refusing { () async throws(PostgresError) in
      try await pool.write(
        Self.redeliverOne(
          .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
          .text(delivery.rawValue)))
    }
    guard !rows.isEmpty else { throw EndpointRefusal.notAllowed }
  }

  private static let redeliverFailed = Statement(
    change(
      "redelivered", "ops._start_replay(e, clock_timestamp() - make_interval(hours => $5))",
      if: "e.disabled_at is null"), .text, .text, .text, .text, .int4)

  /// Sends again what failed in the last hours, and all that is held: the first 1,000 at once, the
  /// rest by a worker.
  /// - Returns: whether the endpoint is enabled; else nothing is done.
  public func redeliverFailed(
    of endpoint: EndpointID, hours: Int32, by session: Session, from address: String?
  ) async throws -> Bool {
    try await !run(Self.redeliverFailed, endpoint, session, address, [.int4(hours)]).isEmpty
  }

  /// - Returns: empty when nothing had to be done.
  private func run(
    _ statement: Statement, _ endpoint: EndpointID, _ session: Session, _ address: String?,
    _ more: [Parameter] = []
  ) async throws -> String {
    let parameters: [Parameter] =
      [
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(endpoint.rawValue),
      ] + more
    let rows = try await refusing { () async throws(PostgresError) in
      try await pool.write(statement(parameters))
    }
    guard let row = rows.first else { throw EndpointRefusal.notAllowed }
    return try row.textOrNull(0) ?? ""
  }

  /// What the functions in `ops` refuse.
  /// - Parameter tooMany: what there would be too many of
  private func refusing<R>(
    tooMany: EndpointRefusal = .tooManySecrets, _ body: () async throws(PostgresError) -> R
  ) async throws -> R {
    do {
      return try await body()
    } catch .server(let error) where error.sqlState == "P0002" {
      throw EndpointRefusal.notFound
    } catch .server(let error) where error.sqlState == "55006" {
      throw EndpointRefusal.isBeingSent
    } catch .server(let error) where error.sqlState == "54000" {
      throw tooMany
    } catch .server(let error) where error.sqlState == "22023" {
      throw EndpointRefusal.unusable(error.message)
    }
  }
}
