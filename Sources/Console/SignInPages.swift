import Cryptography
import HTTPTypes
import Helpdesk
import Hummingbird
import Logging
import Metrics
import Postgres

/// Signing in and out, and choosing among organizations.
struct SignInPages: Sendable {
  private let accounts: StaffAccountStore
  private let sessions: SessionStore
  private let throttle: SignInThrottle
  private let pages: Pages
  private let cookies: Cookies
  private let logger: Logger
  private let succeeded = Self.counter("succeeded")
  private let refused = Self.counter("refused")
  private let throttled = Self.counter("throttled")

  private static func counter(_ outcome: String) -> Counter {
    Counter(label: "console_sign_ins", dimensions: [("outcome", outcome)])
  }

  /// A refused sign-in is answered after so long at the earliest: time for the hashes of an e-mail
  /// that has accounts in several organizations, so that nobody learns from the time how many.
  private static let shortestRefusal = Duration.milliseconds(600)

  init(_ pool: PostgresPool, pages: Pages, cookies: Cookies, logger: Logger) {
    accounts = StaffAccountStore(pool)
    sessions = SessionStore(pool)
    throttle = SignInThrottle(pool)
    self.pages = pages
    self.cookies = cookies
    self.logger = logger
  }

  var routes: [Route] {
    [
      Route(template: "/sign-in", isForSignedIn: false, get: show, post: signIn),
      Route(
        template: "/sign-in/organization", isForSignedIn: false, get: showOrganizations,
        post: chooseOrganization),
      Route(template: "/sign-out", post: signOut),
      Route(template: "/sign-out-everywhere", post: signOutEverywhere),
    ]
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    guard visit.session == nil else { return pages.redirect(to: "/settings/api-keys") }
    let done = ["out": "You are signed out.", "everywhere": "You are signed out everywhere."]
    return try page(visit, notice: done[visit.query["done"]])
  }

  private func page(
    _ visit: Visit, email: String = "", emailFault: String? = nil, passwordFault: String? = nil,
    notice: String? = nil, fault: PageFault? = nil
  ) throws -> Response {
    var fields: [String: [String: Any]] = ["email": ["value": email], "password": ["value": ""]]
    fields["email"]?["fault"] = emailFault
    fields["password"]?["fault"] = passwordFault
    let isFaulty = emailFault != nil || passwordFault != nil
    var response = try pages.page(
      "sign-in", title: "Sign in", visit, fields,
      status: fault?.status ?? (isFaulty ? .unprocessableContent : .ok), notice: notice,
      summary: fault?.words ?? (isFaulty ? "You are not signed in yet." : nil))
    for field in fault?.headers ?? [:] { response.headers[field.name] = field.value }
    return response
  }

  @Sendable private func signIn(_ visit: Visit) async throws -> Response {
    let start = ContinuousClock.now
    let email = visit.form["email"].trimmingWhiteSpace()
    let password = visit.form["password"]
    guard !email.isEmpty, !password.isEmpty else {
      return try page(
        visit, email: email, emailFault: email.isEmpty ? "Enter your e-mail address." : nil,
        passwordFault: password.isEmpty ? "Enter your password." : nil)
    }
    let allowed: SignInThrottle.Try
    switch try await throttle.tryOnce(account: email, address: visit.address) {
    case .allowed(let one): allowed = one
    case .refused(let seconds):
      throttled.increment()
      note("sign-in throttled", visit)
      return try page(visit, email: email, fault: .tooManyTries(retryAfter: seconds))
    }
    let found = try await EmailAddress(email).asyncMap { try await accounts.find(email: $0) } ?? []
    let matching = try await PasswordCheck.matching(found, password)
    let token = try SessionToken.make()
    let organizations =
      matching.isEmpty ? [] : try await sessions.create(token, for: matching)
    guard let first = organizations.first else {
      refused.increment()
      note("sign-in refused", visit)
      try await Task.sleep(until: start + Self.shortestRefusal, clock: .continuous)
      return try page(
        visit, email: email, passwordFault: "The e-mail and the password do not fit together.")
    }
    try await throttle.forget(allowed)
    for account in matching {
      if let hash = try await PasswordCheck.renewed(account, password) {
        try await accounts.renew(account, passwordHash: hash)
      }
    }
    if let old = visit.token { try await sessions.delete(old) }
    succeeded.increment()
    note("signed in", visit)
    let isOne = organizations.count == 1
    var response = pages.redirect(to: isOne ? "/settings/api-keys" : "/sign-in/organization")
    cookies.set(token, isOne ? first : nil, on: &response)
    return response
  }

  @Sendable private func showOrganizations(_ visit: Visit) async throws -> Response {
    let choices = try await visit.token.asyncMap { try await sessions.list($0) } ?? []
    guard !choices.isEmpty else { return pages.redirect(to: "/sign-in") }
    return try pages.page(
      "organization", title: "Choose an organization", visit,
      [
        "organizations": choices.map {
          [
            "id": $0.organization.rawValue, "name": $0.organizationName, "role": $0.role.rawValue,
          ]
        }
      ])
  }

  @Sendable private func chooseOrganization(_ visit: Visit) async throws -> Response {
    let choices = try await visit.token.asyncMap { try await sessions.list($0) } ?? []
    let wanted = visit.form["organization"]
    guard let token = visit.token,
      let choice = choices.first(where: { $0.organization.rawValue == wanted })
    else { return pages.redirect(to: "/sign-in/organization") }
    var response = pages.redirect(to: "/settings/api-keys")
    cookies.set(token, choice.organization, on: &response)
    return response
  }

  @Sendable private func signOut(_ visit: Visit) async throws -> Response {
    if let token = visit.token { try await sessions.delete(token) }
    return gone("/sign-in?done=out")
  }

  @Sendable private func signOutEverywhere(_ visit: Visit) async throws -> Response {
    try await sessions.deleteAll(of: try visit.signedIn(), from: visit.address)
    if let token = visit.token { try await sessions.delete(token) }
    return gone("/sign-in?done=everywhere")
  }

  private func gone(_ path: String) -> Response {
    var response = pages.redirect(to: path)
    cookies.removeSession(on: &response)
    return response
  }

  /// Never what was typed: people type passwords into the wrong field.
  private func note(_ what: Logger.Message, _ visit: Visit) {
    logger.notice(
      what, metadata: ["address": .string(visit.address), "request_id": .string(visit.requestID)])
  }
}

extension Optional where Wrapped: Sendable {
  /// `map` for a transformation that waits.
  func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
    switch self {
    case .some(let value): try await transform(value)
    case nil: nil
    }
  }
}
