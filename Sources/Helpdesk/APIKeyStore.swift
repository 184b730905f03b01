import Cryptography
public import Postgres

extension APIKey {
  /// A key as a list shows it.
  public struct Entry: Sendable {
    public enum State: String, Sendable { case live, expired, revoked }

    public var id: APIKeyID
    public var name: String
    /// Its first nine characters and an ellipsis.
    public var prefix: String
    public var scopes: [String]
    /// Nil: made by an operator.
    public var creator: String?
    public var createdAt: Timestamp
    public var lastUsedAt: Timestamp?
    public var expiresAt: Timestamp?
    public var rateLimit: Int
    /// Requests counted in the last 60 s.
    public var used: Int
    public var state: State
  }

  /// A key to be made.
  public struct Draft: Sendable {
    public var name: String
    /// Not empty; values of `Scope`, or `*`.
    public var scopes: [String]
    /// 1 to 1,000,000.
    public var rateLimit: Int32
    /// Nil: never.
    public var expiresInDays: Int64?
    /// What tells one filled-in form from another.
    public var submission: String

    public init(
      name: String, scopes: [String], rateLimit: Int32, expiresInDays: Int64?, submission: String
    ) {
      self.name = name
      self.scopes = scopes
      self.rateLimit = rateLimit
      self.expiresInDays = expiresInDays
      self.submission = submission
    }
  }
}

/// An organization's keys, as its admins manage them.
public struct APIKeyStore: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static func select(_ condition: String) -> String {
    """
    select k.id, k.name, k.prefix, k.scopes, u.name, k.created_at, k.last_used_at, k.expires_at,
           k.rate_limit, coalesce(l.used, 0)::int4 as used,
           case when k.revoked_at is not null then 'revoked'
                when k.expires_at <= clock_timestamp() then 'expired' else 'live' end as state
      from helpdesk.api_keys k
      left join helpdesk.users u on u.org_id = k.org_id and u.id = k.created_by
      left join ops.rate_limit_use l on l.org_id = k.org_id and l.key_id = k.id
     where k.org_id = $1 and \(condition)
     order by k.revoked_at is not null, k.id desc limit 500
    """
  }

  private static let listKeys = Statement(select("true"), .text)
  private static let findKey = Statement(select("k.id = $2"), .text, .text)

  /// The 500 newest keys, the revoked ones last.
  public func list(_ organization: OrganizationID) async throws -> [APIKey.Entry] {
    try await pool.read(Self.listKeys(.text(organization.rawValue))).map(Self.entry)
  }

  /// Nil when the organization has no such key.
  public func find(_ key: APIKeyID, in organization: OrganizationID) async throws -> APIKey.Entry? {
    try await pool.read(Self.findKey(.text(organization.rawValue), .text(key.rawValue))).first
      .map(Self.entry)
  }

  private static func entry(_ row: Row) throws(PostgresError) -> APIKey.Entry {
    APIKey.Entry(
      id: APIKeyID(stored: try row.text(0)), name: try row.text(1), prefix: try row.text(2),
      scopes: try row.textArray(3), creator: try row.textOrNull(4), createdAt: try row.timestamp(5),
      lastUsedAt: try row.timestampOrNull(6), expiresAt: try row.timestampOrNull(7),
      rateLimit: try row.int4(8), used: try row.int4(9),
      state: APIKey.Entry.State(rawValue: try row.text(10)) ?? .revoked)
  }

  /// The role and the plan are asked again here: they may have changed since the page was shown.
  private static let createKey = Statement(
    """
    with u as materialized (
      select u.id, u.name from helpdesk.users u
        join helpdesk.organizations o on o.id = u.org_id and o.plan <> 'FREE'
       where u.org_id = $1 and u.id = $2 and u.role = 'admin'
    ), k as (
      insert into helpdesk.api_keys
        (org_id, id, name, prefix, hash, scopes, rate_limit, created_by, created_at, expires_at,
         submission)
      select $1, helpdesk.new_id(clock_timestamp()), $3, $4, $5, $6, $7, u.id, clock_timestamp(),
             clock_timestamp() + make_interval(days => $8::int), $9
        from u
      on conflict (org_id, submission) do nothing
      returning id, name
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'api_key.created'",
      targetID: "k.id", targetName: "k.name", address: "$10"))
      from u, k
    """, .text, .text, .text, .text, .bytea, .textArray, .int4, .int8, .text, .text)

  /// Makes a key.
  /// - Returns: the key, which is shown only now; nil when nothing was made: the same form had made
  ///   one before, or the session's user may not make any more.
  public func create(_ draft: APIKey.Draft, by session: Session, from address: String?) async throws
    -> String?
  {
    let key = "th_" + Base64URL.encode(try RandomBytes.generate(32))
    let made = try await pool.write(
      Self.createKey(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(draft.name),
        .text("\(key.prefix(9))…"), .bytea(try SHA256.digest(of: key)), .textArray(draft.scopes),
        .int4(draft.rateLimit), draft.expiresInDays.map { .int8($0) } ?? .null,
        .text(draft.submission), .text(address)))
    return made.affected == 1 ? key : nil
  }

  private static let revokeKey = Statement(
    """
    with u as materialized (
      select id, name from helpdesk.users where org_id = $1 and id = $2 and role = 'admin'
    ), k as (
      update helpdesk.api_keys k set revoked_at = clock_timestamp() from u
       where k.org_id = $1 and k.id = $3 and k.revoked_at is null
      returning k.id, k.name
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'api_key.revoked'",
      targetID: "k.id", targetName: "k.name", address: "$4"))
      from u, k
    """, .text, .text, .text, .text)

  /// Revokes a key for good, from its next request on. One revoked before stays as it is.
  public func revoke(_ key: APIKeyID, by session: Session, from address: String?) async throws {
    _ = try await pool.write(
      Self.revokeKey(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(key.rawValue),
        .text(address)))
  }
}
