import HTTPTypes
import Helpdesk
import Hummingbird
import Postgres

/// One's own account, and its password.
struct AccountPages: Sendable {
  private let accounts: StaffAccountStore
  private let sessions: SessionStore
  private let throttle: SignInThrottle
  private let pages: Pages
  private let cookies: Cookies

  init(_ pool: PostgresPool, pages: Pages, cookies: Cookies) {
    accounts = StaffAccountStore(pool)
    sessions = SessionStore(pool)
    throttle = SignInThrottle(pool)
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

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    let done = [
      "password": "Your password is changed; other devices are signed out.",
      "joined": "Your password is set, and you are signed in.",
    ]
    return try await page(visit, notice: done[visit.query["done"]])
  }

  private func page(
    _ visit: Visit, _ faults: Faults = Faults(), notice: String? = nil, fault: PageFault? = nil
  ) async throws -> Response {
    let session = try visit.signedIn()
    let several = try await visit.token.asyncMap { try await sessions.list($0).count > 1 } ?? false
    var response = try pages.page(
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
      ], status: fault?.status ?? (faults.isEmpty ? .ok : .unprocessableContent), notice: notice,
      summary: fault?.words ?? (faults.isEmpty ? nil : "Your password is not changed."))
    for field in fault?.headers ?? [:] { response.headers[field.name] = field.value }
    return response
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
    guard faults.isEmpty else { return try await page(visit, faults) }
    // Whoever finds a browser open must not find out its owner's password.
    let allowed: SignInThrottle.Try
    switch try await throttle.tryOnce(account: session.email, address: visit.address) {
    case .allowed(let one): allowed = one
    case .refused(let seconds):
      return try await page(visit, fault: .tooManyTries(retryAfter: seconds))
    }
    guard let account = try await accounts.find(session),
      try await !PasswordCheck.matching([account], current).isEmpty
    else {
      faults.current = "This is not your current password."
      return try await page(visit, faults)
    }
    try await throttle.forget(allowed)
    let hash = try await PasswordCheck.hash(new)
    guard try await accounts.update(account, passwordHash: hash, from: visit.address) else {
      faults.current = "Your password was changed elsewhere just now."
      return try await page(visit, faults)
    }
    return try await signInAnew(visit, account, hash)
  }

  /// All sessions have ended, this one too; what was known of it is good for nothing.
  private func signInAnew(_ visit: Visit, _ account: StaffAccount, _ hash: String) async throws
    -> Response
  {
    if let token = visit.token { try await sessions.delete(token) }
    let token = try SessionToken.make()
    var account = account
    account.passwordHash = hash
    let organizations = try await sessions.create(token, for: [account])
    var response = pages.redirect(to: "/settings/account?done=password")
    if let organization = organizations.first {
      cookies.set(token, organization, on: &response)
    }
    return response
  }
}
