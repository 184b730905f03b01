import Helpdesk
import Hummingbird
import Postgres

/// A link to set a password, on the side of who was sent it.
///
/// Opening the link changes nothing, since mail scanners and previews open links too. It puts the token
/// into a cookie and goes on to a page without it, so that it leaves the address bar and the history.
struct InvitationPages: Sendable {
  private let invitations: InvitationStore
  private let sessions: SessionStore
  private let pages: Pages
  private let cookies: Cookies

  init(_ pool: PostgresPool, pages: Pages, cookies: Cookies) {
    invitations = InvitationStore(pool)
    sessions = SessionStore(pool)
    self.pages = pages
    self.cookies = cookies
  }

  var routes: [Route] {
    [
      Route(template: "/invitations/{id}", isForSignedIn: false, hasForms: false, get: open),
      Route(template: "/invitation", isForSignedIn: false, get: show, post: accept),
    ]
  }

  @Sendable private func open(_ visit: Visit) async throws -> Response {
    var response = pages.redirect(to: "/invitation")
    if let token = try InvitationToken(parsing: visit.parameter) {
      cookies.set(token, on: &response)
    } else {
      cookies.removeInvitation(on: &response)
    }
    return response
  }

  /// The invitation whose link this browser opened last.
  private func opened(_ visit: Visit) async throws -> (InvitationToken, Invitation) {
    guard let token = try cookies.invitation(visit.request),
      let invitation = try await invitations.find(token)
    else { throw PageFault.deadLink }
    return (token, invitation)
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    try page(visit, try await opened(visit).1)
  }

  private func page(
    _ visit: Visit, _ invitation: Invitation, fault: String? = nil, repeatedFault: String? = nil
  ) throws -> Response {
    let isFaulty = fault != nil || repeatedFault != nil
    var values: [String: Any] = [
      "organizationName": invitation.organizationName, "userName": invitation.userName,
      "email": invitation.email, "isFirst": invitation.isFirst,
      "fields": [
        PasswordField.new("Password", fault: fault),
        PasswordField.repeated("Password, again", fault: repeatedFault),
      ].map(\.values),
    ]
    values["signedIn"] = visit.session.map { ["name": $0.userName, "email": $0.email] }
    return try pages.page(
      "invitation",
      title: invitation.isFirst
        ? "Join \(invitation.organizationName)" : "Choose a new password",
      visit, values, summary: isFaulty ? "Your password is not set yet." : nil)
  }

  @Sendable private func accept(_ visit: Visit) async throws -> Response {
    // Before the hash is made: only who has a link may cost one.
    let (token, invitation) = try await opened(visit)
    let password = visit.form["new"]
    if let fault = PasswordCheck.fault(password, email: invitation.email) {
      return try page(visit, invitation, fault: fault)
    }
    guard password.utf8.elementsEqual(visit.form["repeated"].utf8) else {
      return try page(
        visit, invitation, repeatedFault: "This is not the same as the password above.")
    }
    let asker = PasswordTurns.Asker(account: invitation.email, address: visit.address)
    let hash = try await PasswordCheck.hash(password, for: asker)
    let session = try SessionToken.make()
    do {
      try await invitations.accept(
        token, passwordHash: hash, session: session, from: visit.address)
    } catch HelpdeskError.notFound {
      throw PageFault.deadLink
    }
    if let old = visit.token { try await sessions.delete(old) }
    var response = pages.redirect(to: "/settings/account", notice: .passwordSet)
    cookies.set(session, token.organization, on: &response)
    cookies.removeInvitation(on: &response)
    return response
  }
}

extension PageFault {
  fileprivate static let deadLink = PageFault(
    status: .gone, title: "This link no longer works",
    words: """
      It was used or replaced by a newer one, it was withdrawn, or its time is over. Ask an admin of \
      your organization for a new link. If you have set your password already, sign in with it.
      """, way: ("/sign-in", "Go to the sign-in"))
}
