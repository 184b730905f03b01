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
/// access at that moment; anybody else's are refused with `HelpdeskError.notAllowed`.
public struct PersonStore: Sendable {
  let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static func select(_ condition: String) -> String {
    """
    select \(User.columns("u")),
           case when u.password_hash is not null then 'active'
                when i.expires_at > clock_timestamp() then 'invited'
                when i.expires_at is not null then 'expired' else 'no access' end as state,
           case when i.expires_at > clock_timestamp() then i.expires_at end as link_until,
           (select max(s.last_seen_at) from helpdesk.sessions s
             where s.org_id = u.org_id and s.user_id = u.id and helpdesk.session_holds(s, u)) as seen
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
    var columns = RowReader(row)
    return Person(
      id: UserID(stored: try columns.text()), name: try columns.text(),
      email: try columns.text(), role: User.Role(rawValue: try columns.text()) ?? .agent,
      state: Person.State(rawValue: try columns.text()) ?? .noAccess,
      linkUntil: try columns.timestampOrNull(), lastSeenAt: try columns.timestampOrNull())
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

  private static let changeRole = Change(
    "helpdesk.change_role", .text, .text, .text, .text, .text)

  /// Makes an agent an admin or the other way round, from the next request on. The links that an admin
  /// made go with the role: who made one may have kept it.
  /// - Throws: `HelpdeskError.unchanged` when there would be no admin with access left, or there is nothing
  ///   to change
  public func change(
    _ person: UserID, to role: User.Role, by session: Session, from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.changeRole(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(person.rawValue), .text(role.rawValue)))
  }

  private static let removeAccess = Change(
    "helpdesk.remove_access", .text, .text, .text, .text)

  /// Takes the password away and ends the sessions in this organization: what other organizations let
  /// the person do is not its business. The person stays as author and assignee.
  /// - Throws: `HelpdeskError.unchanged` when there would be no admin with access left, or the person has
  ///   no access
  public func removeAccess(of person: UserID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.call(
      Self.removeAccess(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(person.rawValue)))
  }
}
