public import Postgres

/// An agent's or admin's account with which one may sign in to the console.
public struct StaffAccount: Sendable, Equatable {
  public var organization: OrganizationID
  public var user: UserID
  /// In PHC string format.
  public var passwordHash: String
}

/// Accounts, and their passwords.
public struct StaffAccountStore: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  /// Knows no organization: signing in is how one becomes known. Each account costs a hash, so they
  /// are bounded; whoever serves in more organizations than that uses more than one address.
  private static let findAccounts = Statement(
    """
    select u.org_id, u.id, u.password_hash from helpdesk.users u
     where lower(u.email) = lower($1) and u.role <> 'client' and u.password_hash is not null
     order by u.created_at, u.org_id limit 5
    """, .text)

  /// The accounts of an e-mail address, in whichever organizations.
  public func find(email: EmailAddress) async throws -> [StaffAccount] {
    try await pool.read(Self.findAccounts(.text(email.text))).map { row throws(PostgresError) in
      StaffAccount(
        organization: OrganizationID(stored: try row.text(0)),
        user: UserID(stored: try row.text(1)),
        passwordHash: try row.text(2))
    }
  }

  private static let findAccount = Statement(
    """
    select password_hash from helpdesk.users
     where org_id = $1 and id = $2 and role <> 'client' and password_hash is not null
    """, .text, .text)

  /// The account of somebody signed in; nil when it can no longer sign in.
  public func find(_ session: Session) async throws -> StaffAccount? {
    let (organization, user) = (session.organization, session.user)
    return try await pool.read(Self.findAccount(.text(organization.rawValue), .text(user.rawValue)))
      .first.map { row throws(PostgresError) in
        StaffAccount(organization: organization, user: user, passwordHash: try row.text(0))
      }
  }

  private static let updatePassword = Statement(
    """
    with changed as (
      update helpdesk.users set password_hash = $4
       where org_id = $1 and id = $2 and password_hash = $3 and role <> 'client'
      returning id, name, email
    ), gone as (
      delete from helpdesk.sessions s using changed c
       where s.org_id = $1 and s.user_id = c.id
    ), void as (
      delete from helpdesk.invitations i using changed c
       where i.org_id = $1 and i.user_id = c.id
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.password_changed'",
      targetID: "u.id", targetName: "u.name", address: "$5"))
      from changed u
    """, .text, .text, .text, .text, .text)

  /// Gives the account a new password and ends all its sessions, the caller's too: a new one follows.
  /// A link to set one is void then.
  /// - Parameter hash: of the new password, in PHC string format
  /// - Returns: false when the password was changed by somebody else at the same moment.
  public func update(_ account: StaffAccount, passwordHash hash: String, from address: String?)
    async throws -> Bool
  {
    try await pool.write(
      Self.updatePassword(
        .text(account.organization.rawValue), .text(account.user.rawValue),
        .text(account.passwordHash), .text(hash), .text(address))
    ).affected == 1
  }

  private static let renewHash = Statement(
    """
    update helpdesk.users set password_hash = $4
     where org_id = $1 and id = $2 and password_hash = $3
    """, .text, .text, .text, .text)

  /// Stores another hash of the same password, as when hashes are to cost more than they did.
  public func renew(_ account: StaffAccount, passwordHash hash: String) async throws {
    _ = try await pool.write(
      Self.renewHash(
        .text(account.organization.rawValue), .text(account.user.rawValue),
        .text(account.passwordHash), .text(hash)))
  }
}
