import Cryptography
import HTTPServer
import HTTPTypes
import Helpdesk
import Logging
import Metrics

/// Signing in and out, and choosing among organizations.
struct SignInPages: Sendable {
  let accounts: StaffAccountStore
  let sessions: SessionStore
  let trial: PasswordTrial
  private let succeeded = Self.counter("succeeded")
  private let refused = Self.counter("refused")
  private let throttled = Self.counter("throttled")
  let pages: Pages
  let cookies: Cookies
  let logger: Logger

  private static func counter(_ outcome: String) -> Counter {
    Counter(label: "console_sign_ins", dimensions: [("outcome", outcome)])
  }

  var routes: [Route] {
    [
      Route(template: "/sign-in", isForSignedIn: false, get: show, post: signIn),
      Route(
        template: "/sign-in/organization", isForSignedIn: false, get: showOrganizations,
        post: chooseOrganization),
      Route(template: "/sign-out", isForChoosing: true, post: signOut),
      Route(template: "/sign-out-everywhere", post: signOutEverywhere),
    ]
  }

  @Sendable private func show(_ visit: Visit) async throws -> Response {
    guard visit.session == nil else { return pages.redirect(to: Self.start) }
    return try page(visit, organization: visit.query["organization"])
  }

  private func page(
    _ visit: Visit, email: String = "", organization: String, emailFault: String? = nil,
    passwordFault: String? = nil, fault: PageFault? = nil
  ) throws -> Response {
    let values: PageValues = [
      "email": ["value": email, "fault": emailFault] as PageValues,
      "password": ["fault": passwordFault] as PageValues,
      "organization": organization.isEmpty ? nil : ["id": organization],
    ]
    let isFaulty = emailFault != nil || passwordFault != nil
    return try pages.page(
      "sign-in", title: "Sign in", visit, values,
      summary: isFaulty ? "You are not signed in yet." : nil, fault: fault)
  }

  @Sendable private func signIn(_ visit: Visit) async throws -> Response {
    let start = ContinuousClock.now
    let email = visit.form["email"].trimmingWhiteSpace()
    let password = visit.form["password"]
    let organization = visit.form["organization"]
    guard !email.isEmpty, !password.isEmpty else {
      return try page(
        visit, email: email, organization: organization,
        emailFault: email.isEmpty ? "Enter your e-mail address." : nil,
        passwordFault: password.isEmpty ? "Enter your password." : nil)
    }
    let outcome = try await trial.run(password, of: email, visit) {
      try await find(email, in: organization)
    }
    switch outcome {
    case .refused(let fault):
      throttled.increment()
      note("sign-in throttled", visit)
      return try page(visit, email: email, organization: organization, fault: fault)
    case .right(let matching):
      if let response = try await enter(matching, password, visit) { return response }
    case .wrong: break
    }
    refused.increment()
    note("sign-in refused", visit)
    try await Task.sleep(
      until: start + Self.refusalTime(after: ContinuousClock.now - start), clock: .continuous)
    return try page(
      visit, email: email, organization: organization,
      passwordFault: "The e-mail and the password do not match.")
  }

  /// The duration of a refused sign-in: a whole number of steps. Hashing for an e-mail address with
  /// accounts in several organizations takes one step, so that the time does not reveal their number.
  static func refusalTime(after elapsed: Duration) -> Duration {
    let step = Duration.milliseconds(600)
    return step * max(1, Int((elapsed / step).rounded(.up)))
  }

  /// - Parameter organization: empty for any
  private func find(_ email: String, in organization: String) async throws -> [StaffAccount] {
    guard let email = EmailAddress(email) else { return [] }
    if organization.isEmpty { return try await accounts.find(email: email) }
    guard let organization = OrganizationID(organization) else { return [] }
    return try await accounts.find(email: email, in: organization)
  }

  /// Nil if the accounts' sessions were ended or their passwords changed just now.
  private func enter(_ matching: [StaffAccount], _ password: String, _ visit: Visit) async throws
    -> Response?
  {
    let token = try SessionToken.make()
    let organizations = try await sessions.create(token, for: matching)
    guard let first = organizations.first else { return nil }
    await renew(matching, password, visit)
    if let old = visit.token { try await sessions.delete(old) }
    succeeded.increment()
    for account in matching where organizations.contains(account.organization) {
      note("signed in", visit, account)
    }
    guard organizations.count == 1 else {
      var response = pages.redirect(to: "/sign-in/organization")
      cookies.set(token, nil, on: &response)
      return response
    }
    return open(first, token, visit)
  }

  /// Replaces one hash that is weaker than today's. A failure locks nobody out: the next sign-in tries
  /// again.
  private func renew(_ accounts: [StaffAccount], _ password: String, _ visit: Visit) async {
    let weak = accounts.first { PasswordHash(phc: $0.passwordHash)?.needsRehash == true }
    guard let account = weak else { return }
    do {
      let client = PasswordQueue.Client(account: account.user.rawValue, address: visit.address)
      let hash = try await Passwords.hash(password, for: client)
      try await self.accounts.renew(account, passwordHash: hash)
    } catch {
      logger.warning(
        "password hash not renewed",
        metadata: [
          "request_id": .string(visit.requestID), "user_id": .string(account.user.rawValue),
          "error": .string("\(error)"),
        ])
    }
  }

  private static let start = "/settings/api-keys"

  /// Opens the page that was requested before the sign-in, in this organization.
  private func open(_ organization: OrganizationID, _ token: SessionToken, _ visit: Visit)
    -> Response
  {
    let wanted = cookies.destination(visit.request)
    var response = pages.redirect(to: wanted ?? Self.start)
    cookies.set(token, organization, on: &response)
    if wanted != nil { cookies.remove(.destination, on: &response) }
    return response
  }

  @Sendable private func showOrganizations(_ visit: Visit) async throws -> Response {
    let choices = try await visit.token.asyncMap { try await sessions.list($0) } ?? []
    guard !choices.isEmpty else { return pages.redirect(to: "/sign-in") }
    return try pages.page(
      "organization", title: "Choose an organization", visit,
      [
        "choosing": visit.isChoosing,
        "organizations": choices.map {
          [
            "id": $0.organization.rawValue, "name": $0.organizationName, "role": $0.role.rawValue,
          ]
        },
      ])
  }

  @Sendable private func chooseOrganization(_ visit: Visit) async throws -> Response {
    let choices = try await visit.token.asyncMap { try await sessions.list($0) } ?? []
    let wanted = visit.form["organization"]
    guard let token = visit.token,
      let choice = choices.first(where: { $0.organization.rawValue == wanted })
    else { return pages.redirect(to: "/sign-in/organization") }
    return open(choice.organization, token, visit)
  }

  @Sendable private func signOut(_ visit: Visit) async throws -> Response {
    if let token = visit.token { try await sessions.delete(token) }
    return gone(.signedOut)
  }

  @Sendable private func signOutEverywhere(_ visit: Visit) async throws -> Response {
    try await sessions.deleteAll(of: try visit.signedIn(), from: visit.address)
    return gone(.signedOutEverywhere)
  }

  private func gone(_ notice: Notice) -> Response {
    var response = pages.redirect(to: "/sign-in", notice: notice)
    cookies.remove(.session, on: &response)
    return response
  }

  /// Logs nothing that was typed: people type passwords into the wrong field.
  private func note(_ what: Logger.Message, _ visit: Visit, _ account: StaffAccount? = nil) {
    var metadata: Logger.Metadata = [
      "address": .string(visit.address), "request_id": .string(visit.requestID),
    ]
    if let account {
      metadata["org_id"] = .string(account.organization.rawValue)
      metadata["user_id"] = .string(account.user.rawValue)
    }
    logger.notice(what, metadata: metadata)
  }
}

extension Optional where Wrapped: Sendable {
  /// `map` with an asynchronous transformation.
  func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async rethrows -> T? {
    switch self {
    case .some(let value): try await transform(value)
    case nil: nil
    }
  }
}
