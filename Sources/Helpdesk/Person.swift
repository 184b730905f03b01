public import Postgres

/// An agent or admin, as a list of an organization's staff shows one.
public struct Person: Sendable, Equatable {
  public enum State: String, Sendable {
    /// Has a password.
    case active
    /// Has none yet, and a link to set one.
    case invited
    /// Has none, and a link whose time is over.
    case expired
    /// Has neither.
    case noAccess = "no access"
  }

  public var id: UserID
  public var name: String
  public var email: String
  public var role: User.Role
  public var state: State
  /// Until when a link to set a password is good; nil when there is none, or none any more.
  public var linkUntil: Timestamp?
  /// At most a minute stale; nil for who is not signed in.
  public var lastSeenAt: Timestamp?

  /// Somebody to be invited.
  public struct Draft: Sendable {
    /// 1 to 254 characters.
    public var name: String
    public var email: EmailAddress
    /// Agent or admin.
    public var role: User.Role

    public init(name: String, email: EmailAddress, role: User.Role) {
      self.name = name
      self.email = email
      self.role = role
    }
  }

  /// A link to set a password, which is shown only now.
  public struct Link: Sendable {
    public var user: UserID
    public var token: InvitationToken
    public var until: Timestamp
  }
}

/// The staff of an organization. Changes are made in the name of a session whose user is an admin with
/// access at that moment; by anybody else nothing is changed.
public struct PersonStore: Sendable {
  let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// Puts changes of who may do what in line, organization by organization: a statement that follows in
  /// the same unit sees what those before it did. Foreign keys do not wait for this lock.
  static let lock = Statement(
    "select from helpdesk.organizations where id = $1 for no key update", .text)

  /// SQL: the CTE `u`, the admin `$2` who makes a change in the organization `$1`.
  static let admin = """
    u as materialized (
      select id, name from helpdesk.users
       where org_id = $1 and id = $2 and role = 'admin' and password_hash is not null
    )
    """

  private static func select(_ condition: String) -> String {
    """
    select \(User.columns("u")),
           case when u.password_hash is not null then 'active'
                when i.expires_at > clock_timestamp() then 'invited'
                when i.expires_at is not null then 'expired' else 'no access' end as state,
           case when i.expires_at > clock_timestamp() then i.expires_at end as link_until,
           (select max(s.last_seen_at) from helpdesk.sessions s
             where s.org_id = u.org_id and s.user_id = u.id and \(SessionStore.holds)) as seen
      from helpdesk.users u
      left join helpdesk.invitations i on i.org_id = u.org_id and i.user_id = u.id
     where u.org_id = $1 and u.role <> 'client' and \(condition)
    """
  }

  /// For people's eyes: the database's locale says which letter comes after which.
  private static let listPeople = Statement(
    """
    \(select("""
      ($2 is null or (lower(u.name), u.id) > (
        select lower(n.name), n.id from helpdesk.users n where n.org_id = $1 and n.id = $2))
      """))
     order by lower(u.name), u.id limit $3
    """, .text, .text, .int8)
  private static let findPerson = Statement(select("u.id = $2"), .text, .text)

  /// By name.
  /// - Parameter person: only those after this one
  public func list(_ organization: OrganizationID, after person: UserID? = nil, limit: Int)
    async throws -> [Person]
  {
    try await pool.read(
      Self.listPeople(
        .text(organization.rawValue), .text(person?.rawValue), .int8(Int64(limit)))
    ).map(Self.person)
  }

  /// Nil when the organization has no such agent or admin.
  public func find(_ person: UserID, in organization: OrganizationID) async throws -> Person? {
    try await pool.read(Self.findPerson(.text(organization.rawValue), .text(person.rawValue))).first
      .map(Self.person)
  }

  private static func person(_ row: Row) throws(PostgresError) -> Person {
    Person(
      id: UserID(stored: try row.text(0)), name: try row.text(1), email: try row.text(2),
      role: User.Role(rawValue: try row.text(3)) ?? .agent,
      state: Person.State(rawValue: try row.text(4)) ?? .noAccess,
      linkUntil: try row.timestampOrNull(5), lastSeenAt: try row.timestampOrNull(6))
  }

  private static let findRole = Statement(
    """
    select role from helpdesk.users
     where org_id = $1 and \(User.emailKey("email")) = \(User.emailKey("$2"))
    """, .text, .text)

  /// The role of whoever has this address in the organization; nil when nobody has.
  public func role(of email: EmailAddress, in organization: OrganizationID) async throws
    -> User.Role?
  {
    try await pool.read(Self.findRole(.text(organization.rawValue), .text(email.text))).first
      .flatMap { row throws(PostgresError) in User.Role(rawValue: try row.text(0)) }
  }

  private static let another = """
    exists (select from helpdesk.users o
             where o.org_id = $1 and o.id <> p.id and o.role = 'admin'
               and o.password_hash is not null)
    """

  private static let changeRole = Statement(
    """
    with \(admin), p as (
      update helpdesk.users p set role = $4 from u
       where p.org_id = $1 and p.id = $3 and p.role not in ('client', $4)
         and ($4 = 'admin' or \(another))
      returning p.id, p.name, p.role
    ), links as (
      delete from helpdesk.invitations i using p
       where p.role = 'agent' and i.org_id = $1 and i.created_by = p.id
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.role_changed'",
      targetID: "p.id", targetName: "p.name", address: "$5", detail: "p.role"))
      from u, p
    """, .text, .text, .text, .text, .text)

  /// Makes an agent an admin or the other way round, from the next request on. The links that an admin
  /// made go with the role: who made one may have kept it.
  /// - Returns: false when nothing was changed: there would be no admin with access left, or there was
  ///   nothing to change.
  public func change(
    _ person: UserID, to role: User.Role, by session: Session, from address: String?
  ) async throws -> Bool {
    try await inLine(
      session,
      Self.changeRole(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(person.rawValue),
        .text(role.rawValue), .text(address)))
  }

  private static let removeAccess = Statement(
    """
    with \(admin), p as (
      update helpdesk.users p set password_hash = null, sessions_epoch = sessions_epoch + 1 from u
       where p.org_id = $1 and p.id = $3 and p.role <> 'client' and p.password_hash is not null
         and (p.role <> 'admin' or \(another))
      returning p.id, p.name
    ), sessions as (
      \(SessionStore.delete(where: "org_id = $1 and user_id = (select id from p)"))
    ), invitations as (
      delete from helpdesk.invitations i using p
       where i.org_id = $1 and (i.user_id = p.id or i.created_by = p.id)
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.access_removed'",
      targetID: "p.id", targetName: "p.name", address: "$4"))
      from u, p
    """, .text, .text, .text, .text)

  /// Takes the password away and ends the sessions in this organization: what other organizations let
  /// the person do is not its business. The person stays as author and assignee.
  /// - Returns: false when nothing was changed: there would be no admin with access left, or the person
  ///   had no access.
  public func removeAccess(of person: UserID, by session: Session, from address: String?)
    async throws -> Bool
  {
    try await inLine(
      session,
      Self.removeAccess(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(person.rawValue),
        .text(address)))
  }

  private func inLine(_ session: Session, _ change: Query) async throws -> Bool {
    try await pool.execute(
      UnitOfWork(.write, Self.lock(.text(session.organization.rawValue)), change)
    )[1].affected == 1
  }
}
