import Cryptography
public import Postgres

extension APIKey {
  /// A key as in a list.
  public struct Entry: Sendable {
    public enum State: String, Sendable { case live, expired, revoked }

    public var id: APIKeyID
    public var name: String
    /// Its first nine characters and an ellipsis.
    public var prefix: String
    public var scopes: [String]
    /// Nil if an operator made the key.
    public var creator: String?
    public var createdAt: Timestamp
    public var lastUsedAt: Timestamp?
    public var expiresAt: Timestamp?
    public var rateLimit: Int
    /// Requests counted in the last 60 s.
    public var used: Int
    public var state: State
  }

  /// A key to create.
  public struct Draft: Sendable {
    public var name: String
    /// Not empty; values of `Scope`, or `*`.
    public var scopes: [String]
    /// 1 to 1,000,000.
    public var rateLimit: Int32
    /// Nil if it never expires.
    public var expiresInDays: Int32?
    /// The number of the filled-in form.
    public var submission: String

    public init(
      name: String, scopes: [String], rateLimit: Int32, expiresInDays: Int32?, submission: String
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
  /// Keys whose use a call notes at most.
  public static let useBatch = 10_000

  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// SQL: the keys `k` for which `condition` is true, as in a list. The page is chosen before the
  /// limiter's rows are joined to it.
  private static func select(_ condition: String, limit: String = "1") -> String {
    """
    with k as materialized (
      select * from helpdesk.api_keys k where k.org_id = $1 and \(condition)
       order by k.revoked_at is null desc, k.id desc limit \(limit)
    )
    select k.id, k.name, k.prefix, k.scopes, u.name, k.created_at, k.last_used_at,
           nullif(k.expires_at, 'infinity') as expires_at,
           k.rate_limit, coalesce(l.used, 0)::int4 as used,
           case when k.revoked_at is not null then 'revoked'
                when k.expires_at <= clock_timestamp() then 'expired' else 'live' end as state
      from k
      left join helpdesk.users u on u.org_id = k.org_id and u.id = k.created_by
      left join ops.rate_limit_use l on l.org_id = k.org_id and l.key_id = k.id
     order by k.revoked_at is null desc, k.id desc
    """
  }

  private static let listKeys = Statement(
    select("(k.revoked_at is null, k.id) < ($2, $3)", limit: "$4"), .text, .bool, .text, .int8)
  private static let findKey = Statement(select("k.id = $2"), .text, .text)

  /// The start of a page in the list: after a key, which may be gone by then.
  public struct Cursor: Sendable {
    var isRevoked: Bool
    var key: APIKeyID

    public init(after key: APIKeyID, isRevoked: Bool) {
      self.key = key
      self.isRevoked = isRevoked
    }

    /// Before all keys: ids begin with `c`.
    static let beginning = Cursor(after: APIKeyID(stored: "d"), isRevoked: false)
  }

  /// The keys, revoked ones last; in both parts the newest first.
  public func list(_ organization: OrganizationID, after cursor: Cursor? = nil, limit: Int)
    async throws -> [APIKey.Entry]
  {
    let cursor = cursor ?? .beginning
    return try await pool.read(
      Self.listKeys(
        .text(organization.rawValue), .bool(!cursor.isRevoked), .text(cursor.key.rawValue),
        .int8(Int64(limit)))
    ).map(Self.entry)
  }

  /// Nil if the organization has no such key.
  public func find(_ key: APIKeyID, in organization: OrganizationID) async throws -> APIKey.Entry? {
    try await pool.read(Self.findKey(.text(organization.rawValue), .text(key.rawValue))).first
      .map(Self.entry)
  }

  private static func entry(_ row: Row) throws(PostgresError) -> APIKey.Entry {
    var columns = RowReader(row)
    return APIKey.Entry(
      id: APIKeyID(stored: try columns.text()), name: try columns.text(),
      prefix: try columns.text(), scopes: try columns.textArray(),
      creator: try columns.textOrNull(), createdAt: try columns.timestamp(),
      lastUsedAt: try columns.timestampOrNull(), expiresAt: try columns.timestampOrNull(),
      rateLimit: try columns.int4(), used: try columns.int4(),
      state: APIKey.Entry.State(rawValue: try columns.text()) ?? .revoked)
  }

  private static let createKey = Statement(
    """
    select * from helpdesk.create_api_key(
      $1, $2, $3, $4, $5, $6, $7, $8, statement_timestamp() + make_interval(days => $9), $10)
    """, .text, .text, .text, .text, .text, .bytea, .textArray, .int4, .int4, .text)

  /// Creates a key.
  /// - Returns: the key, which is shown only now
  /// - Throws: `HelpdeskError.doneBefore` if the same form had made one; `notAllowed` if the user is no
  ///   longer an admin, or the plan no longer has an API
  public func create(_ draft: APIKey.Draft, by session: Session, from address: String?) async throws
    -> String
  {
    let key = "th_" + Base64URL.encode(try RandomBytes.generate(32))
    _ = try await pool.call(
      Self.createKey(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(draft.name), .text("\(key.prefix(9))…"), .bytea(try SHA256.digest(of: key)),
        .textArray(draft.scopes), .int4(draft.rateLimit),
        draft.expiresInDays.map { .int4($0) } ?? .null, .text(draft.submission)))
    return key
  }

  private static let noteUse = Statement(calling: "helpdesk.note_key_use")

  /// Notes when keys of all organizations were last used; at most `useBatch`.
  /// - Returns: how many
  public func noteUse() async throws(PostgresError) -> Int {
    try await pool.count(Self.noteUse())
  }

  private static let revokeKey = Change(setting: "helpdesk.revoke_api_key", .text)

  /// Revokes a key for good, from its next request on.
  /// - Throws: `HelpdeskError.unchanged` if it is already revoked
  public func revoke(_ key: APIKeyID, by session: Session, from address: String?) async throws {
    _ = try await pool.call(
      Self.revokeKey(by: session, from: address, [.text(key.rawValue)]))
  }
}
