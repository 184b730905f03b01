import Cryptography
public import Postgres

/// The token in a link to set a password: the organization, and 32 random bytes, too many to be guessed.
/// The database knows only their SHA-256.
public struct InvitationToken: Sendable, Equatable {
  public let organization: OrganizationID
  private let secret: SessionToken

  public static func make(in organization: OrganizationID) throws -> InvitationToken {
    InvitationToken(organization: organization, secret: try .make())
  }

  private init(organization: OrganizationID, secret: SessionToken) {
    self.organization = organization
    self.secret = secret
  }

  /// Nil if the text does not have the form of a token.
  public init?(parsing text: some StringProtocol) throws {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let organization = OrganizationID(parts[0]),
      let secret = try SessionToken(parsing: String(parts[1]))
    else { return nil }
    self.init(organization: organization, secret: secret)
  }

  /// `ops.invite_user` writes the same form.
  public var text: String { "\(organization).\(secret.text)" }

  var hash: [UInt8] { secret.hash }
}

/// The page of a link to set a password.
public struct Invitation: Sendable, Equatable {
  public var organizationName: String
  public var userName: String
  public var email: String
  /// True if the person has no password yet.
  public var isFirst: Bool
}

/// Links to set a password, for the people who received one. `PersonStore` makes them.
public struct InvitationStore: Sendable {
  private let pool: PostgresPool

  public init(_ pool: PostgresPool) { self.pool = pool }

  private static let findInvitation = Statement(
    """
    select o.name, u.name, u.email, u.password_hash is null as is_first
      from helpdesk.invitations i
      join helpdesk.users u on u.org_id = i.org_id and u.id = i.user_id and u.role <> 'client'
      join helpdesk.organizations o on o.id = i.org_id
     where i.org_id = $1 and i.hash = $2 and i.expires_at > clock_timestamp()
    """, .text, .bytea)

  /// Nil if the link is used, withdrawn, replaced or expired, or never existed.
  public func find(_ token: InvitationToken) async throws -> Invitation? {
    try await pool.read(
      Self.findInvitation(.text(token.organization.rawValue), .bytea(token.hash))
    ).first.map { row throws(PostgresError) in
      var columns = RowReader(row)
      return Invitation(
        organizationName: try columns.text(), userName: try columns.text(),
        email: try columns.text(), isFirst: try columns.bool())
    }
  }

  private static let acceptInvitation = Change(
    "helpdesk.accept_invitation", .text, .bytea, .text, .bytea, .text)

  /// Sets the password, once per link. Ends the user's sessions, and those of the same devices in other
  /// organizations, and begins a new one.
  /// - Parameters:
  ///   - hash: of the password, in PHC string format
  ///   - session: the token of the session that begins
  /// - Throws: `HelpdeskError.notFound` if the link no longer works
  public func accept(
    _ token: InvitationToken, passwordHash hash: String, session: SessionToken,
    from address: String?
  ) async throws {
    _ = try await pool.call(
      Self.acceptInvitation(
        .text(token.organization.rawValue), .bytea(token.hash), .text(hash), .bytea(session.hash),
        .text(address)))
  }
}
