import Postgres

/// Making and withdrawing links to set a password.
extension PersonStore {
  private static let inviteUser = Change(
    "helpdesk.invite_user", .text, .text, .text, .text, .text, .text, .bytea)

  /// Makes an agent or admin who has no password yet, and the link to set one.
  /// - Throws: `HelpdeskError.emailTaken` when somebody has the address already
  public func invite(_ draft: Person.Draft, by session: Session, from address: String?) async throws
    -> Person.Link
  {
    let token = try InvitationToken.make(in: session.organization)
    var columns = try await pool.call(
      Self.inviteUser(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(draft.name), .text(draft.email.text), .text(draft.role.rawValue), .bytea(token.hash)))
    return Person.Link(
      user: UserID(stored: try columns.text()), token: token, until: try columns.timestamp())
  }

  private static let makeLink = Change(
    "helpdesk.make_link", .text, .text, .text, .text, .bytea, .text)

  /// Makes a link in place of the one before, if any, which thereby is void.
  /// - Parameter submission: what tells one filled-in form from another
  /// - Throws: `HelpdeskError.doneBefore` when the same form had made one
  public func makeLink(
    for person: UserID, submission: String, by session: Session, from address: String?
  ) async throws -> Person.Link {
    let token = try InvitationToken.make(in: session.organization)
    var columns = try await pool.call(
      Self.makeLink(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(person.rawValue), .bytea(token.hash), .text(submission)))
    return Person.Link(user: person, token: token, until: try columns.timestamp())
  }

  private static let withdrawLink = Change(
    "helpdesk.withdraw_link", .text, .text, .text, .text)

  /// Makes the link void. Where there is none, nothing happens.
  public func withdrawLink(of person: UserID, by session: Session, from address: String?)
    async throws
  {
    _ = try await pool.call(
      Self.withdrawLink(
        .text(session.organization.rawValue), .text(session.user.rawValue), .text(address),
        .text(person.rawValue)))
  }
}
