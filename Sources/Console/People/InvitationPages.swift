import HTTPServer
import HTTPTypes
import Helpdesk

/// The pages that a link to set a password leads to.
///
/// Opening the link changes nothing, since mail scanners and previews open links, too. It puts the token
/// into a cookie and redirects to a page without it, so that the token leaves the address bar and the
/// history.
struct InvitationPages: Sendable {
  let invitations: InvitationStore
  let sessions: SessionStore
  let pages: Pages
  let cookies: Cookies

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
      cookies.remove(.invitation, on: &response)
    }
    return response
  }

  /// The invitation whose link was last opened in this browser.
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
    _ visit: Visit, _ invitation: Invitation, _ password: NewPasswordForm = NewPasswordForm()
  ) throws -> Response {
    try pages.page(
      "invitation",
      title: invitation.isFirst
        ? "Join \(invitation.organizationName)" : "Choose a new password",
      visit,
      [
        "organizationName": invitation.organizationName, "userName": invitation.userName,
        "email": invitation.email, "isFirst": invitation.isFirst,
        "fields": password.fields("Password", "Password, again"),
        "signedIn": visit.session.map { ["name": $0.userName, "email": $0.email] },
      ], summary: password.isFaulty ? "Your password is not set yet." : nil)
  }

  @Sendable private func accept(_ visit: Visit) async throws -> Response {
    // This comes first: without a valid link, no hash is computed.
    let (token, invitation) = try await opened(visit)
    let password = NewPasswordForm(visit.form, email: invitation.email)
    guard !password.isFaulty else { return try page(visit, invitation, password) }
    let hash = try await Passwords.hash(
      password.text, for: PasswordQueue.Client(account: invitation.email, address: visit.address))
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
    cookies.remove(.invitation, on: &response)
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
