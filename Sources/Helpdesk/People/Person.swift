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
