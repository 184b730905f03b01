import Cryptography
public import Postgres

/// A person signed in to the console.
public struct Session: Sendable, Equatable {
  public var organization: OrganizationID
  public var organizationName: String
  public var plan: Organization.Plan
  public var user: UserID
  public var userName: String
  public var email: String
  public var role: User.Role

  /// Admins change settings; agents only see them.
  public var mayChangeSettings: Bool { role == .admin }
}

/// The content of a browser's cookie: 32 random bytes. The database knows only their SHA-256.
public struct SessionToken: Sendable, Equatable {
  public let text: String
  let hash: [UInt8]

  public static func make() throws -> SessionToken {
    try SessionToken(Base64URL.encode(RandomBytes.generate(32)))
  }

  /// Nil if the text does not have the form of a token.
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

  private static let useSession = Statement(calling: "helpdesk.use_session", .text, .bytea)

  /// The session of this token in the organization, whose use is recorded; nil if there is none or it has
  /// ended.
  public func find(_ token: SessionToken, in organization: OrganizationID) async throws -> Session?
  {
    try await pool.write(Self.useSession(.text(organization.rawValue), .bytea(token.hash))).first
      .map(Self.session)
  }

  /// Names no organization, because it has to find them.
  private static let listSessions = Statement(
    """
    select s.org_id, o.name, o.plan, \(User.columns("u"))
      from helpdesk.sessions s
      join helpdesk.users u on u.org_id = s.org_id and u.id = s.user_id
      join helpdesk.organizations o on o.id = s.org_id
     where s.hash = $1 and helpdesk.session_holds(s, u)
     order by lower(o.name), o.id
    """, .bytea)

  /// The sessions of this token: one for each organization that the sign-in was good for.
  public func list(_ token: SessionToken) async throws -> [Session] {
    try await pool.read(Self.listSessions(.bytea(token.hash))).map(Self.session)
  }

  private static func session(_ row: Row) throws(PostgresError) -> Session {
    var columns = RowReader(row)
    return Session(
      organization: OrganizationID(stored: try columns.text()),
      organizationName: try columns.text(),
      // The tables allow no other role. If they did, the lowest would be right.
      plan: Organization.Plan(rawValue: try columns.text()) ?? .free,
      user: UserID(stored: try columns.text()), userName: try columns.text(),
      email: try columns.text(), role: User.Role(rawValue: try columns.text()) ?? .client)
  }

  private static let createSessions = Statement(
    calling: "helpdesk.create_sessions", .textArray, .textArray, .int4Array, .bytea)

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
    ).map { row throws(PostgresError) in OrganizationID(stored: try row.text()) }
  }

  private static let endTokens = Statement(calling: "helpdesk.end_tokens", .byteaArray)

  /// Signs out: the token is void in every organization.
  public func delete(_ token: SessionToken) async throws {
    _ = try await pool.write(Self.endTokens(.byteaArray([token.hash])))
  }

  private static let endSessions = Change(setting: "helpdesk.end_sessions", .text)

  /// Ends all sessions of a user, and those that the same devices have in other organizations: a lost
  /// device must not keep any.
  public func deleteAll(of session: Session, from address: String?) async throws {
    _ = try await pool.call(
      Self.endSessions(by: session, from: address, [.text(session.user.rawValue)]))
  }
}
