import HTTPTypes
import Helpdesk
import Hummingbird
import Logging
import Postgres

/// One's own account, and its password.
struct AccountPages: Sendable {
  private let accounts: StaffAccountStore
  private let sessions: SessionStore
  private let trial: PasswordTrial
  private let pages: Pages
  private let cookies: Cookies

  init(_ pool: PostgresPool, pages: Pages, cookies: Cookies, logger: Logger) {
    accounts = StaffAccountStore(pool)
    sessions = SessionStore(pool)
    trial = PasswordTrial(pool, logger: logger)
    self.pages = pages
    self.cookies = cookies
  }

  var routes: [Route] {
    [Route(template: "/settings/account", get: show, post: changePassword)]
  }

  private struct Faults {
    var current: String?
    var new: String?
    var repeated: String?

    var isEmpty: Bool { current == nil && new == nil && repeated == nil }
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response { try await page(visit) }

  private func page(_ visit: Visit, _ faults: Faults = Faults(), fault: PageFault? = nil)
    async throws -> Response
  {
    let session = try visit.signedIn()
    let several = try await visit.token.asyncMap { try await sessions.list($0).count > 1 } ?? false
    return try pages.page(
      "account", title: "Account", visit,
      [
        "userName": session.userName, "email": session.email, "role": session.role.rawValue,
        "organizationName": session.organizationName, "several": several,
        "fields": [
          PasswordField(
            name: "current", label: "Current password", autocomplete: "current-password",
            fault: faults.current),
          .new("New password", fault: faults.new),
          .repeated("New password, again", fault: faults.repeated),
        ].map(\.values),
      ], summary: faults.isEmpty ? nil : "Your password is not changed.", fault: fault)
  }

  @Sendable private func changePassword(_ visit: Visit) async throws -> Response {
    let session = try visit.signedIn()
    let (current, new) = (visit.form["current"], visit.form["new"])
    var faults = Faults()
    if current.isEmpty { faults.current = "Enter your current password." }
    faults.new = PasswordCheck.fault(new, email: session.email)
    if faults.new == nil, !new.utf8.elementsEqual(visit.form["repeated"].utf8) {
      faults.repeated = "This is not the same as the new password."
    }
    if faults.new == nil, new.utf8.elementsEqual(current.utf8) {
      faults.new = "Use another password than your current one."
    }
    guard faults.isEmpty else { return try await page(visit, faults) }
    // Whoever finds a browser open must not find out its owner's password.
    let outcome = try await trial.run(current, of: session.email, visit) {
      try await accounts.find(session).map { [$0] } ?? []
    }
    switch outcome {
    case .refused(let fault): return try await page(visit, fault: fault)
    case .wrong: faults.current = "This is not your current password."
    case .right(let matching):
      if let response = try await change(matching, to: new, visit) { return response }
      faults.current = "Your password was changed elsewhere just now."
    }
    return try await page(visit, faults)
  }

  /// The token in the browser's cookie is replaced: whoever has copied it is signed out. Nil when the
  /// password was changed meanwhile.
  private func change(_ matching: [StaffAccount], to new: String, _ visit: Visit) async throws
    -> Response?
  {
    guard let account = matching.first, let token = visit.token else { return nil }
    let asker = PasswordTurns.Asker(account: try visit.signedIn().email, address: visit.address)
    let hash = try await PasswordCheck.hash(new, for: asker)
    let successor = try SessionToken.make()
    do {
      try await accounts.update(
        account, passwordHash: hash, replacing: token, by: successor, from: visit.address)
    } catch HelpdeskError.unchanged {
      return nil
    }
    var response = pages.redirect(to: "/settings/account", notice: .passwordChanged)
    cookies.set(successor, account.organization, on: &response)
    return response
  }
}
