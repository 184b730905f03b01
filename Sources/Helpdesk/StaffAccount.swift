public import Postgres

/// An agent's or admin's account with which one may sign in to the console.
public struct StaffAccount: Sendable, Equatable {
  public var organization: OrganizationID
  public var user: UserID
  /// In PHC string format.
  public var passwordHash: String
  /// Of its sessions; one more whenever all of them are ended.
  public var epoch: Int32
}

/// Accounts, and their passwords.
public struct StaffAccountStore: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static func select(_ condition: String) -> String {
    """
    select u.org_id, u.id, u.password_hash, u.sessions_epoch from helpdesk.users u
     where \(condition) and u.role <> 'client' and u.password_hash is not null
    """
  }

  /// Knows no organization unless told: signing in is how one becomes known. Each account costs a
  /// hash, so they are bounded. Those in use come first, so that nobody is pushed out by
  /// organizations that made an account of the address and leave it.
  private static let findAccounts = Statement(
    """
    \(select("""
      \(User.emailKey("u.email")) = \(User.emailKey("$1")) and ($2 is null or u.org_id = $2)
      """))
     order by u.last_signed_in_at desc nulls last, u.created_at, u.org_id limit 5
    """, .text, .text)

  /// At most five accounts of an e-mail address, those that signed in last first.
  /// - Parameter organization: nil: in whichever
  public func find(email: EmailAddress, in organization: OrganizationID? = nil) async throws
    -> [StaffAccount]
  {
    try await pool.read(Self.findAccounts(.text(email.text), .text(organization?.rawValue)))
      .map(Self.account)
  }

  private static func account(_ row: Row) throws(PostgresError) -> StaffAccount {
    StaffAccount(
      organization: OrganizationID(stored: try row.text(0)), user: UserID(stored: try row.text(1)),
      passwordHash: try row.text(2), epoch: Int32(clamping: try row.int4(3)))
  }

  private static let findAccount = Statement(select("u.org_id = $1 and u.id = $2"), .text, .text)

  /// The account of somebody signed in; nil when it can no longer sign in.
  public func find(_ session: Session) async throws -> StaffAccount? {
    try await pool.read(
      Self.findAccount(.text(session.organization.rawValue), .text(session.user.rawValue))
    ).first.map(Self.account)
  }

  private static let updatePassword = Statement(
    """
    with changed as (
      update helpdesk.users set password_hash = $4, sessions_epoch = sessions_epoch + 1
       where org_id = $1 and id = $2 and password_hash = $3 and role <> 'client'
      returning id, name, sessions_epoch
    ), gone as (
      \(SessionStore.delete(where: """
        \(SessionStore.isOnDevice(ofUser: "(select id from changed)")) and hash <> $6
        """))
    ), kept as (
      update helpdesk.sessions s
         set hash = $7, epoch = case when s.org_id = $1 then c.sessions_epoch else s.epoch end
        from changed c where s.hash = $6
    ), void as (
      delete from helpdesk.invitations i using changed c
       where i.org_id = $1 and i.user_id = c.id
    )
    \(AuditTrail.insert) select \(AuditTrail.values(action: "'user.password_changed'",
      targetID: "u.id", targetName: "u.name", address: "$5"))
      from changed u
    """, .text, .text, .text, .text, .text, .bytea, .bytea)

  /// Gives the account a new password and ends its sessions, with whatever else the same devices are
  /// signed in to. The caller's alone go on, under another token. A link to set a password is void then.
  /// - Parameters:
  ///   - hash: of the new password, in PHC string format
  ///   - token: the caller's; good for nothing afterwards
  ///   - successor: takes the token's place
  /// - Returns: false when the password was changed by somebody else at the same moment.
  public func update(
    _ account: StaffAccount, passwordHash hash: String, replacing token: SessionToken,
    by successor: SessionToken, from address: String?
  ) async throws -> Bool {
    try await pool.execute(
      UnitOfWork(
        .write, SessionStore.lock(account.user, in: account.organization),
        Self.updatePassword(
          .text(account.organization.rawValue), .text(account.user.rawValue),
          .text(account.passwordHash), .text(hash), .text(address), .bytea(token.hash),
          .bytea(successor.hash)))
    )[1].affected == 1
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
