import HTTPServer
import HTTPTypes
import Helpdesk

/// Settings → Account: the user's own account and password.
struct AccountPages: Sendable {
  private static let path = "/settings/account"

  let accounts: StaffAccountStore
  let sessions: SessionStore
  let trial: PasswordTrial
  let pages: Pages
  let cookies: Cookies

  var routes: [Route] {
    [Route(template: Self.path, get: show, post: changePassword)]
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response { try await page(visit) }

  private func page(
    _ visit: Visit, _ new: NewPasswordForm = NewPasswordForm(), currentFault: String? = nil,
    fault: PageFault? = nil
  ) async throws -> Response {
    let session = try visit.signedIn()
    let several = try await visit.token.asyncMap { try await sessions.list($0).count > 1 } ?? false
    let current = PasswordField(
      name: "current", label: "Current password", autocomplete: "current-password",
      fault: currentFault)
    return try pages.page(
      "account", title: "Account", visit,
      [
        "userName": session.userName, "email": session.email, "role": session.role.rawValue,
        "organizationName": session.organizationName, "several": several,
        "fields": [current.values] + new.fields("New password", "New password, again"),
      ],
      summary: currentFault == nil && !new.isFaulty ? nil : "Your password is not changed.",
      fault: fault)
  }

  @Sendable private func changePassword(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let current = visit.form["current"]
    var new = NewPasswordForm(visit.form, email: session.email)
    if new.fault == nil, new.text.utf8.elementsEqual(current.utf8) {
      new.fault = "Use another password than your current one."
    }
    guard !new.isFaulty, !current.isEmpty else {
      let fault = current.isEmpty ? "Enter your current password." : nil
      return try await page(visit, new, currentFault: fault)
    }
    // Counted like a sign-in: a browser left open must not let others guess its owner's password.
    let outcome = try await trial.run(current, of: session.email, visit) {
      try await accounts.find(session).map { [$0] } ?? []
    }
    switch outcome {
    case .refused(let fault): return try await page(visit, fault: fault)
    case .wrong: return try await page(visit, currentFault: "This is not your current password.")
    case .right(let matching):
      if let response = try await change(matching, to: new.text, visit) { return response }
      return try await page(
        visit, currentFault: "Your password was changed elsewhere just now.")
    }
  }

  /// Replaces the token in the browser's cookie, too, so that nobody with a copy of it stays signed in.
  /// Nil if the password was changed in the meantime.
  private func change(_ matching: [StaffAccount], to new: String, _ visit: Visit) async throws
    -> Response?
  {
    guard let account = matching.first, let token = visit.token else { return nil }
    let client = PasswordQueue.Client(account: try visit.signedIn().email, address: visit.address)
    let hash = try await Passwords.hash(new, for: client)
    let successor = try SessionToken.make()
    do {
      try await accounts.update(
        account, passwordHash: hash, replacing: token, by: successor, from: visit.address)
    } catch HelpdeskError.unchanged {
      return nil
    }
    var response = pages.redirect(to: Self.path, notice: .passwordChanged)
    cookies.set(successor, account.organization, on: &response)
    return response
  }
}
