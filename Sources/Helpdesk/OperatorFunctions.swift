public import Postgres

/// The functions of the schema `ops`, for commands. They refuse with SQLSTATE P0002 (no such id) or 22023
/// (unusable argument).
public struct OperatorFunctions: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  // MARK: Organizations and users

  private static let createOrganization = Statement("select ops.create_org($1, $2)", .text, .text)
  private static let checkOrganization = Statement("select ops._check_org($1)", .text)
  private static let createUser = Statement(
    "select ops.create_user($1, $2, $3, $4, $5)", .text, .text, .text, .text, .text)
  private static let inviteUser = Statement("select ops.invite_user($1)", .text)

  /// - Returns: the organization's id.
  public func createOrganization(name: String, plan: String) async throws(PostgresError) -> String {
    try await text(Self.createOrganization(.text(name), .text(plan)))
  }

  /// - Parameter passwordHash: in PHC string format; nil means that the user cannot sign in
  /// - Returns: the user's id.
  public func createUser(
    org: String, email: String, name: String, role: String, passwordHash: String?
  ) async throws(PostgresError) -> String {
    try await text(
      Self.createUser(.text(org), .text(email), .text(name), .text(role), .text(passwordHash)))
  }

  /// - Returns: the path of a one-time link with which the user sets a password.
  public func inviteUser(_ id: String) async throws(PostgresError) -> String {
    try await text(Self.inviteUser(.text(id)))
  }

  // MARK: Erasure

  private static let deleteTicket = Statement("select ops.delete_ticket($1)", .text)
  private static let eraseUser = Statement(
    "select ops.erase_user($1, $2, email => $3)", .text, .text, .text)
  private static let deleteOrganization = Statement("select ops.delete_org($1, $2)", .text, .text)

  /// Deletes a ticket, a part at a time: if it throws, a part may be gone.
  public func deleteTicket(_ id: String) async throws(PostgresError) {
    while try await pool.write(Self.deleteTicket(.text(id))).first?.bool() == false {}
  }

  /// Erases a person's name and address, a part at a time: if it throws, a part may be done.
  /// - Parameter email: the former address of a person who is already erased, to find what has come since
  public func eraseUser(_ id: String, email: String? = nil) async throws(PostgresError) {
    var last: String?
    repeat {
      let rows = try await pool.write(Self.eraseUser(.text(id), .text(last), .text(email)))
      last = try rows.first?.textOrNull()
    } while last != nil
  }

  /// Deletes an organization, a part at a time: if it throws, a part may be gone.
  /// - Parameter name: must be the organization's
  public func deleteOrganization(_ id: String, confirming name: String) async throws(PostgresError)
  {
    let delete = Self.deleteOrganization(.text(id), .text(name))
    while try await pool.write(delete).first?.bool() == false {}
  }

  // MARK: API keys

  private static let createKey = Statement(
    """
    select ops.create_api_key($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
    """, .text, .text, .textArray, .int4, .int8)
  private static let revokeKey = Statement("select ops.revoke_api_key($1)", .text)
  private static let listKeys = Statement(
    """
    select concat_ws(E'\\t', key_id, \(plain("name")), prefix, array_to_string(scopes, ','),
                     rate_limit, state) as line
      from ops.api_keys where org_id = $1 order by created_at, key_id
    """, .text)

  /// - Returns: the key, which is shown only now.
  public func createKey(
    org: String, name: String, scopes: [String], rateLimit: Int32, expiresInSeconds: Int64?
  ) async throws(PostgresError) -> String {
    try await text(
      Self.createKey(
        .text(org), .text(name), .textArray(scopes), .int4(rateLimit),
        expiresInSeconds.map { .int8($0) } ?? .null))
  }

  public func revokeKey(_ id: String) async throws(PostgresError) {
    _ = try await pool.write(Self.revokeKey(.text(id)))
  }

  /// - Returns: a line for each key: id, name, prefix, scopes, limit, state; tab-separated.
  public func listKeys(org: String) async throws(PostgresError) -> [String] {
    try await lines(Self.listKeys(.text(org)), of: org)
  }

  // MARK: Webhooks

  private static let createEndpoint = Statement(
    "select endpoint_id from ops.create_endpoint($1, $2, $3, $4, $5, $6, $7)", .text, .text,
    .textArray, .text, .text, .text, .text)
  private static let enableEndpoint = Statement(
    "select ops.enable_endpoint($1, $2)", .text, .bool)
  private static let disableEndpoint = Statement(
    "select ops.disable_endpoint($1, 'disabled by an operator')", .text)
  private static let updateEndpoint = Statement(
    "select ops.update_endpoint($1, $2, $3)", .text, .text, .textArray)
  private static let deleteEndpoint = Statement("select ops.delete_endpoint($1)", .text)
  private static let rotateSecret = Statement(
    "select ops.rotate_secret($1, $2, $3, $4, $5)", .text, .text, .text, .text, .textArray)
  private static let testEndpoint = Statement("select ops.test_endpoint($1)", .text)
  private static let listEndpoints = Statement(
    """
    select concat_ws(E'\\t', endpoint_id, url, state, consecutive_failures,
                     array_to_string(events, ',')) as line
      from ops.endpoints where org_id = $1 order by created_at, endpoint_id
    """, .text)

  /// - Parameter keys: the keys that seal the secret
  /// - Returns: the endpoint's id and secret, tab-separated.
  public func createEndpoint(
    org: String, url: String, events: [String], keys: SecretKeys = SecretKeys()
  ) async throws -> String {
    let secret = try await SecretStore(pool, keys: keys).make(
      for: nil, of: OrganizationID(stored: org))
    let id = secret.stored.row.endpoint.rawValue
    _ = try await pool.write(
      Self.createEndpoint(
        [.text(org), .text(url), .textArray(events), .text(id)] + secret.parameters))
    return "\(id)\t\(secret.text)"
  }

  /// - Parameter replay: true sends what was held, and what failed since the run of failures that
  ///   disabled it began (if it was disabled by hand: since then)
  public func enableEndpoint(_ id: String, replay: Bool) async throws(PostgresError) {
    _ = try await pool.write(Self.enableEndpoint(.text(id), .bool(replay)))
  }

  public func disableEndpoint(_ id: String) async throws(PostgresError) {
    _ = try await pool.write(Self.disableEndpoint(.text(id)))
  }

  /// Changes the values that are not nil.
  public func updateEndpoint(_ id: String, url: String?, events: [String]?)
    async throws(PostgresError)
  {
    _ = try await pool.write(Self.updateEndpoint(.text(id), .text(url), .textArray(events)))
  }

  public func deleteEndpoint(_ id: String) async throws(PostgresError) {
    _ = try await pool.write(Self.deleteEndpoint(.text(id)))
  }

  /// - Parameters:
  ///   - keys: the keys that seal the secret
  ///   - dropsUnreadable: true ends secrets that none of the keys has sealed
  /// - Returns: the new secret.
  public func rotateSecret(
    _ endpoint: String, keys: SecretKeys = SecretKeys(), dropsUnreadable: Bool = false
  ) async throws -> String {
    let org = try await text(Self.checkEndpoint(.text(endpoint)))
    let secret = try await SecretStore(pool, keys: keys).make(
      for: EndpointID(stored: endpoint), of: OrganizationID(stored: org))
    _ = try await pool.write(
      Self.rotateSecret(
        [.text(endpoint)] + secret.parameters + [.textArray(dropsUnreadable ? keys.ids : nil)]))
    return secret.text
  }

  /// - Returns: the id of the test event's delivery.
  public func testEndpoint(_ id: String) async throws(PostgresError) -> String {
    try await text(Self.testEndpoint(.text(id)))
  }

  /// - Returns: a line for each endpoint: id, url, state, failures in a row, events; tab-separated.
  public func listEndpoints(org: String) async throws(PostgresError) -> [String] {
    try await lines(Self.listEndpoints(.text(org)), of: org)
  }

  // MARK: Deliveries

  private static let checkEndpoint = Statement("select ops._check_endpoint($1)", .text)
  private static let listDeliveries = Statement(
    """
    select concat_ws(E'\\t', delivery_id, event_id, event_type, state, attempts,
                     coalesce(last_status::text, ''),
                     coalesce(helpdesk.rfc3339(next_attempt_at), '')) as line
      from ops.deliveries
     where endpoint_id = $1 and ($2 is null or state = $2) and ($3 is null or event_type = $3)
       and created_at >= coalesce($4::timestamptz, '-infinity')
     order by created_at, delivery_id
    """, .text, .text, .text, .text)
  private static let listAttempts = Statement(
    """
    select concat_ws(E'\\t', number, helpdesk.rfc3339(started_at),
                     round(extract(epoch from duration) * 1000), coalesce(status::text, ''),
                     coalesce(\(plain("error")), ''), coalesce(\(plain("response")), '')) as line
      from ops.attempts where delivery_id = $1 order by started_at
    """, .text)
  private static let checkDelivery = Statement("select ops._check_delivery($1)", .text)
  private static let redeliver = Statement("select ops.redeliver($1)", .text)
  private static let redeliverFailed = Statement(
    "select ops.redeliver_failed($1, $2::timestamptz, 1000, $3)", .text, .text, .timestamptz)
  private static let now = Statement("select clock_timestamp()")

  /// - Parameters:
  ///   - type: only events of this type
  ///   - since: RFC 3339; only deliveries made since then
  /// - Returns: a line for each delivery, oldest first: id, event id, type, state, attempts, last
  ///   status, next attempt; tab-separated.
  public func listDeliveries(
    endpoint: String, state: String? = nil, type: String? = nil, since: String? = nil
  ) async throws(PostgresError) -> [String] {
    let rows = try await pool.execute(
      UnitOfWork(
        .read, Self.checkEndpoint(.text(endpoint)),
        Self.listDeliveries(.text(endpoint), .text(state), .text(type), .text(since))))
    return try rows[1].map { row throws(PostgresError) in Self.printable(try row.text()) }
  }

  /// - Returns: a line for each attempt, oldest first: number, start, milliseconds, status, error,
  ///   beginning of the answer; tab-separated.
  public func listAttempts(delivery: String) async throws(PostgresError) -> [String] {
    let rows = try await pool.execute(
      UnitOfWork(
        .read, Self.checkDelivery(.text(delivery)), Self.listAttempts(.text(delivery))))
    return try rows[1].map { row throws(PostgresError) in Self.printable(try row.text()) }
  }

  /// - Returns: the delivery's new state.
  public func redeliver(_ delivery: String) async throws(PostgresError) -> String {
    try await text(Self.redeliver(.text(delivery)))
  }

  /// Sends again what failed or is held, 1,000 at a time: if it throws, a part may have been sent.
  /// - Parameter since: RFC 3339
  /// - Returns: the number of deliveries sent again
  public func redeliverFailed(endpoint: String, since: String) async throws(PostgresError) -> Int {
    // A delivery that fails again meanwhile is not sent a third time.
    let until = try await pool.read(Self.now()).first?.timestamp()
    var (all, last) = (0, 0)
    repeat {
      let rows = try await pool.write(
        Self.redeliverFailed(.text(endpoint), .text(since), .timestamptz(until)))
      last = try rows.first?.int4() ?? 0
      all += last
    } while last > 0
    return all
  }

  // MARK: Common

  /// SQL: the text without anything that could break a tab-separated line.
  private static func plain(_ column: String) -> String {
    "translate(\(column), E'\\t\\n\\r', '   ')"
  }

  /// The line with its control characters, except tabs, as `\u{1b}`: a terminal would obey them.
  private static func printable(_ line: String) -> String {
    String(
      String.UnicodeScalarView(
        line.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
          guard scalar.properties.generalCategory == .control, scalar != "\t" else {
            return [scalar]
          }
          return Array("\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        }))
  }

  private func text(_ query: Query) async throws(PostgresError) -> String {
    guard let row = try await pool.write(query).first else {
      throw .decoding(column: "result", expected: "a row")
    }
    return try row.text()
  }

  /// The lines of a list, after checking that the organization exists.
  private func lines(_ query: Query, of org: String) async throws(PostgresError) -> [String] {
    let rows = try await pool.execute(
      UnitOfWork(.read, Self.checkOrganization(.text(org)), query))
    return try rows[1].map { row throws(PostgresError) in Self.printable(try row.text()) }
  }
}
