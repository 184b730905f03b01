public import Postgres

/// The account with which an agent or admin signs in to the console.
public struct StaffAccount: Sendable, Equatable {
  public var organization: OrganizationID
  public var user: UserID
  /// In PHC string format.
  public var passwordHash: String
  /// The epoch of its sessions, incremented to end all of them.
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

  /// Signing in begins without an organization. Each account costs a hash, so their number is limited.
  /// Accounts in use come first, so that organizations cannot crowd them out with unused accounts that
  /// have the same address.
  private static let findAccounts = Statement(
    """
    \(select("""
      \(User.emailKey("u.email")) = \(User.emailKey("$1")) and ($2 is null or u.org_id = $2)
      """))
     order by u.last_signed_in_at desc nulls last, u.created_at, u.org_id limit 5
    """, .text, .text)

  /// At most five accounts with an e-mail address, the most recently signed in first.
  /// - Parameter organization: nil means any
  public func find(email: EmailAddress, in organization: OrganizationID? = nil) async throws
    -> [StaffAccount]
  {
    try await pool.read(Self.findAccounts(.text(email.text), .text(organization?.rawValue)))
      .map(Self.account)
  }

  private static func account(_ row: Row) throws(PostgresError) -> StaffAccount {
    var columns = RowReader(row)
    return StaffAccount(
      organization: OrganizationID(stored: try columns.text()),
      user: UserID(stored: try columns.text()), passwordHash: try columns.text(),
      epoch: Int32(clamping: try columns.int4()))
  }

  private static let findAccount = Statement(select("u.org_id = $1 and u.id = $2"), .text, .text)

  /// The account of a person who is signed in; nil if it can no longer sign in.
  public func find(_ session: Session) async throws -> StaffAccount? {
    try await pool.read(
      Self.findAccount(.text(session.organization.rawValue), .text(session.user.rawValue))
    ).first.map(Self.account)
  }

  private static let changePassword = Change(
    "helpdesk.change_password", .text, .text, .text, .text, .text, .bytea, .bytea)

  /// Gives the account a new password. Ends its sessions, and those of the same devices in other
  /// organizations, except the caller's, which continue under another token. Voids a link to set a
  /// password.
  /// - Parameters:
  ///   - hash: of the new password, in PHC string format
  ///   - token: the caller's, void afterwards
  ///   - successor: takes the token's place
  /// - Throws: `HelpdeskError.unchanged` when the password was changed by somebody else at the same moment
  public func update(
    _ account: StaffAccount, passwordHash hash: String, replacing token: SessionToken,
    by successor: SessionToken, from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.changePassword(
        .text(account.organization.rawValue), .text(account.user.rawValue), .text(address),
        .text(account.passwordHash), .text(hash), .bytea(token.hash), .bytea(successor.hash)))
  }

  private static let renewHash = Statement(
    calling: "helpdesk.renew_password_hash", .text, .text, .text, .text)

  /// Stores another hash of the same password, for instance one that costs more.
  public func renew(_ account: StaffAccount, passwordHash hash: String) async throws {
    _ = try await pool.write(
      Self.renewHash(
        .text(account.organization.rawValue), .text(account.user.rawValue),
        .text(account.passwordHash), .text(hash)))
  }
}
