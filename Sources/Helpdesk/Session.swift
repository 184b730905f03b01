import Cryptography
public import Postgres

/// Somebody signed in to the console.
public struct Session: Sendable, Equatable {
  /// Without a request for so long, a session ends. Hours.
  public static let idleHours = 12
  /// And in any case after so many days.
  public static let longestDays = 7

  public var organization: OrganizationID
  public var organizationName: String
  public var plan: Organization.Plan
  public var user: UserID
  public var userName: String
  public var email: String
  public var role: User.Role

  /// Admins change settings, agents only see them.
  public var mayChangeSettings: Bool { role == .admin }
}

/// What a browser's cookie holds: 32 random bytes, of which the database knows only the SHA-256.
public struct SessionToken: Sendable, Equatable {
  public let text: String
  let hash: [UInt8]

  public static func make() throws -> SessionToken {
    try SessionToken(Base64URL.encode(RandomBytes.generate(32)))
  }

  /// Nil when the text has not the form of a token.
  public init?(parsing text: String) throws {
    guard text.utf8.count == 43, Base64URL.decode(text)?.count == 32 else { return nil }
    try self.init(text)
  }

  private init(_ text: String) throws {
    self.text = text
    hash = try SHA256.digest(of: text)
  }
}

/// Sessions in the database.
public struct SessionStore: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// SQL: whether the session `s` of the user `u` still holds. A client, and a user whose password
  /// was taken away, has no console.
  static let holds = """
    s.last_seen_at > clock_timestamp() - interval '\(Session.idleHours) hours' \
    and s.created_at > clock_timestamp() - interval '\(Session.longestDays) days' \
    and u.role <> 'client' and u.password_hash is not null
    """

  /// The CTE has its effect though nobody reads it; most requests write nothing.
  private static let findSession = Statement(
    """
    with seen as (
      update helpdesk.sessions s set last_seen_at = clock_timestamp()
        from helpdesk.users u
       where s.org_id = $1 and s.hash = $2 and u.org_id = s.org_id and u.id = s.user_id
         and \(holds) and s.last_seen_at < clock_timestamp() - interval '1 minute'
    )
    select s.org_id, o.name, o.plan, \(User.columns("u"))
      from helpdesk.sessions s
      join helpdesk.users u on u.org_id = s.org_id and u.id = s.user_id
      join helpdesk.organizations o on o.id = s.org_id
     where s.org_id = $1 and s.hash = $2 and \(holds)
    """, .text, .bytea)

  /// The session of this token in the organization, which thereby is in use; nil when there is none,
  /// or none any more.
  public func find(_ token: SessionToken, in organization: OrganizationID) async throws -> Session?
  {
    try await pool.write(Self.findSession(.text(organization.rawValue), .bytea(token.hash))).first
      .map(Self.session)
  }

  /// The one statement that does not know its organization, as the look-up of an API key.
  private static let listSessions = Statement(
    """
    select s.org_id, o.name, o.plan, \(User.columns("u"))
      from helpdesk.sessions s
      join helpdesk.users u on u.org_id = s.org_id and u.id = s.user_id
      join helpdesk.organizations o on o.id = s.org_id
     where s.hash = $1 and \(holds)
     order by lower(o.name), o.id
    """, .bytea)

  /// The sessions of this token: one for each organization that the sign-in was good for.
  public func list(_ token: SessionToken) async throws -> [Session] {
    try await pool.read(Self.listSessions(.bytea(token.hash))).map(Self.session)
  }

  private static func session(_ row: Row) throws(PostgresError) -> Session {
    Session(
      organization: OrganizationID(stored: try row.text(0)), organizationName: try row.text(1),
      // The tables allow no other; if they did, the least would be right.
      plan: Organization.Plan(rawValue: try row.text(2)) ?? .free,
      user: UserID(stored: try row.text(3)), userName: try row.text(4), email: try row.text(5),
      role: User.Role(rawValue: try row.text(6)) ?? .client)
  }

  private static let createSessions = Statement(
    """
    with old as (
      delete from helpdesk.sessions s using unnest($1::text[]) as m (org_id)
       where s.org_id = m.org_id
         and (s.last_seen_at < clock_timestamp() - interval '\(Session.idleHours) hours'
              or s.created_at < clock_timestamp() - interval '\(Session.longestDays) days')
    )
    insert into helpdesk.sessions (org_id, hash, user_id)
    select u.org_id, $4, u.id
      from unnest($1::text[], $2::text[], $3::text[]) as m (org_id, user_id, password_hash)
      join helpdesk.users u
        on u.org_id = m.org_id and u.id = m.user_id and u.password_hash = m.password_hash
     where u.role <> 'client'
    returning org_id
    """, .textArray, .textArray, .textArray, .bytea)

  /// Signs in to these accounts with a new token; what has expired in their organizations goes.
  /// - Returns: the organizations; without those whose password was changed at the same moment.
  public func create(_ token: SessionToken, for accounts: [StaffAccount]) async throws
    -> [OrganizationID]
  {
    try await pool.write(
      Self.createSessions(
        .textArray(accounts.map(\.organization.rawValue)),
        .textArray(accounts.map(\.user.rawValue)), .textArray(accounts.map(\.passwordHash)),
        .bytea(token.hash))
    ).map { row throws(PostgresError) in OrganizationID(stored: try row.text(0)) }
  }

  private static let deleteToken = Statement(
    "delete from helpdesk.sessions where hash = $1", .bytea)

  /// Signs out: the token is good for nothing any more, in no organization.
  public func delete(_ token: SessionToken) async throws {
    _ = try await pool.write(Self.deleteToken(.bytea(token.hash)))
  }

  private static let deleteUser = Statement(
    """
    with gone as (
      delete from helpdesk.sessions where org_id = $1 and user_id = $2
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.signed_out_everywhere'",
      targetID: "u.id", targetName: "u.name", address: "$3"))
      from helpdesk.users u where u.org_id = $1 and u.id = $2
    """, .text, .text, .text)

  /// Ends all sessions of a user in the organization, on whatever device.
  public func deleteAll(of session: Session, from address: String?) async throws {
    _ = try await pool.write(
      Self.deleteUser(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address)))
  }
}
