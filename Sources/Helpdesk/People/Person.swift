public import Postgres

/// An agent or admin, as in the list of an organization's staff.
public struct Person: Sendable, Equatable {
  public enum State: String, Sendable {
    /// The person has a password.
    case active
    /// The person has no password yet, and a link to set one.
    case invited
    /// The person has no password, and a link that has expired.
    case expired
    /// The person has neither a password nor a link.
    case noAccess = "no access"
  }

  public var id: UserID
  public var name: String
  public var email: String
  public var role: User.Role
  public var state: State
  /// When the link to set a password expires; nil if there is no link any more, or never was.
  public var linkUntil: Timestamp?
  /// At most a minute old; nil for a person who is not signed in.
  public var lastSeenAt: Timestamp?

  /// A person to invite.
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
