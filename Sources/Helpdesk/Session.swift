import Cryptography
public import Postgres

/// Somebody signed in to the console.
public struct Session: Sendable, Equatable {
  /// Without a request for so long, a session ends. Hours.
  public static let idleHours = 12
  /// And in any case after so many days.
  public static let longestDays = 7
  /// A user's newest; signing in ends those before.
  public static let mostOfUser = 20

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
  /// was taken away, has no console. The epoch is asked since a session written at the moment when all
  /// are ended is not seen by the statement that ends them.
  static let holds = """
    s.last_seen_at > clock_timestamp() - interval '\(Session.idleHours) hours' \
    and s.created_at > clock_timestamp() - interval '\(Session.longestDays) days' \
    and s.epoch = u.sessions_epoch and u.role <> 'client' and u.password_hash is not null
    """

  /// SQL: deletes the sessions of which `condition` is true, in whichever organizations; the rows are
  /// locked in one order.
  static func delete(where condition: String) -> String {
    """
    delete from helpdesk.sessions s
     using (select org_id, hash from helpdesk.sessions where \(condition)
             order by hash, org_id for update) as gone
     where s.org_id = gone.org_id and s.hash = gone.hash
    """
  }

  /// SQL: that a session is on a device where a user of `$1` is signed in, in whichever organization.
  static func isOnDevice(ofUser id: String) -> String {
    "hash in (select hash from helpdesk.sessions where org_id = $1 and user_id = \(id))"
  }

  /// The CTE has its effect though nobody reads it; most requests write nothing.
  private static let findSession = Statement(
    """
    with seen as (
      update helpdesk.sessions s set last_seen_at = clock_timestamp()
        from helpdesk.users u
       where s.org_id = $1 and s.hash = $2 and u.org_id = s.org_id and u.id = s.user_id
         and \(holds)
         and s.last_seen_at not between clock_timestamp() - interval '1 minute' and clock_timestamp()
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

  /// Knows no organization: which there are is what is asked.
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

  /// The users' rows are locked in one order, and asked again once they are.
  private static let createSessions = Statement(
    """
    with chosen as materialized (
      select u.org_id, u.id, u.sessions_epoch
        from unnest($1::text[], $2::text[], $3::int[]) as m (org_id, user_id, epoch)
        join helpdesk.users u
          on u.org_id = m.org_id and u.id = m.user_id and u.sessions_epoch = m.epoch
       where u.role <> 'client' and u.password_hash is not null
       order by u.org_id, u.id for no key update of u
    ), noted as (
      update helpdesk.users u set last_signed_in_at = clock_timestamp()
        from chosen c where u.org_id = c.org_id and u.id = c.id
    ), surplus as (
      \(delete(where: """
        (org_id, hash) in (
          select c.org_id, o.hash from chosen c
           cross join lateral (
             select hash from helpdesk.sessions where org_id = c.org_id and user_id = c.id
              order by created_at desc, hash offset \(Session.mostOfUser - 1)) o)
        """))
    )
    insert into helpdesk.sessions (org_id, hash, user_id, epoch)
    select org_id, $4, id, sessions_epoch from chosen
    returning org_id
    """, .textArray, .textArray, .int4Array, .bytea)

  /// Signs in to these accounts with a new token.
  /// - Returns: the organizations; without those whose password was changed, or whose sessions were
  ///   ended, since the account was read.
  public func create(_ token: SessionToken, for accounts: [StaffAccount]) async throws
    -> [OrganizationID]
  {
    try await pool.write(
      Self.createSessions(
        .textArray(accounts.map(\.organization.rawValue)),
        .textArray(accounts.map(\.user.rawValue)), .int4Array(accounts.map(\.epoch)),
        .bytea(token.hash))
    ).map { row throws(PostgresError) in OrganizationID(stored: try row.text(0)) }
  }

  private static let deleteToken = Statement(delete(where: "hash = $1"), .bytea)

  /// Signs out: the token is good for nothing any more, in no organization.
  public func delete(_ token: SessionToken) async throws {
    _ = try await pool.write(Self.deleteToken(.bytea(token.hash)))
  }

  /// Waits for whoever is signing in as this user. To stand before what ends the user's sessions, in one
  /// unit of work: only a statement that begins afterwards sees the session that was being made, and what
  /// else it is good for.
  static func lock(_ user: UserID, in organization: OrganizationID) -> Query {
    lockUser(.text(organization.rawValue), .text(user.rawValue))
  }

  private static let lockUser = Statement(
    "select from helpdesk.users where org_id = $1 and id = $2 for no key update", .text, .text)

  private static let deleteUser = Statement(
    """
    with u as (
      update helpdesk.users set sessions_epoch = sessions_epoch + 1
       where org_id = $1 and id = $2 returning id, name
    ), gone as (
      \(delete(where: isOnDevice(ofUser: "$2")))
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.signed_out_everywhere'",
      targetID: "u.id", targetName: "u.name", address: "$3"))
      from u
    """, .text, .text, .text)

  /// Ends all sessions of a user, and with them what else the same devices are signed in to: a device
  /// that was lost must not keep another organization.
  public func deleteAll(of session: Session, from address: String?) async throws {
    _ = try await pool.execute(
      UnitOfWork(
        .write, Self.lock(session.user, in: session.organization),
        Self.deleteUser(
          .text(session.organization.rawValue), .text(session.user.rawValue), .text(address))))
  }
}
