public import Postgres

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

  /// In the order of the database's locale, for people's eyes.
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
  /// - Parameter person: lists only people after this one
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

  /// The role of the user with this address in the organization; nil if nobody has it.
  public func role(of email: EmailAddress, in organization: OrganizationID) async throws
    -> User.Role?
  {
    try await pool.read(Self.findRole(.text(organization.rawValue), .text(email.text))).first
      .flatMap { row throws(PostgresError) in User.Role(rawValue: try row.text()) }
  }

  private static let changeRole = Change(setting: "helpdesk.change_role", .text, .text)

  /// Makes an agent an admin or the other way round, from the next request on. Voids the links that an
  /// admin made, because the admin may have kept them.
  /// - Throws: `HelpdeskError.unchanged` when there would be no admin with access left, or there is nothing
  ///   to change
  public func change(
    _ person: UserID, to role: User.Role, by session: Session, from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.changeRole(
        by: session, from: address, [.text(person.rawValue), .text(role.rawValue)]))
  }

  private static let removeAccess = Change(setting: "helpdesk.remove_access", .text)

  /// Takes the password away and ends the sessions in this organization alone. The person stays as
  /// author and assignee.
  /// - Throws: `HelpdeskError.unchanged` when there would be no admin with access left, or the person has
  ///   no access
  public func removeAccess(of person: UserID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.call(
      Self.removeAccess(
        by: session, from: address, [.text(person.rawValue)]))
  }

  // MARK: Links to set a password

  private static let inviteUser = Change(
    setting: "helpdesk.invite_user", .text, .text, .text, .bytea)

  /// Makes an agent or admin who has no password yet, and the link to set one.
  /// - Throws: `HelpdeskError.emailTaken` when somebody has the address already
  public func invite(_ draft: Person.Draft, by session: Session, from address: String?) async throws
    -> Person.Link
  {
    let token = try InvitationToken.make(in: session.organization)
    var columns = try await pool.call(
      Self.inviteUser(
        by: session, from: address,
        [
          .text(draft.name), .text(draft.email.text), .text(draft.role.rawValue),
          .bytea(token.hash),
        ]))
    return Person.Link(
      user: UserID(stored: try columns.text()), token: token, until: try columns.timestamp())
  }

  private static let makeLink = Change(setting: "helpdesk.make_link", .text, .bytea, .text)

  /// Makes a link in place of the one before, if any, which thereby is void.
  /// - Parameter submission: the number of the filled-in form
  /// - Throws: `HelpdeskError.doneBefore` when the same form had made one
  public func makeLink(
    for person: UserID, submission: String, by session: Session, from address: String?
  ) async throws -> Person.Link {
    let token = try InvitationToken.make(in: session.organization)
    var columns = try await pool.call(
      Self.makeLink(
        by: session, from: address, [.text(person.rawValue), .bytea(token.hash), .text(submission)])
    )
    return Person.Link(user: person, token: token, until: try columns.timestamp())
  }

  private static let withdrawLink = Change(setting: "helpdesk.withdraw_link", .text)

  /// Voids the link. Does nothing if there is none.
  public func withdrawLink(of person: UserID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.call(
      Self.withdrawLink(
        by: session, from: address, [.text(person.rawValue)]))
  }
}
