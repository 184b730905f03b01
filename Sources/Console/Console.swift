package import HTTPServer
import HTTPTypes
public import Helpdesk
public import Logging
public import Postgres

/// The pages for people: sign-in and settings. Rendered on the server, complete without scripts.
public struct Console: Sendable {
  private let router: Router<Route>
  private let sessions: SessionStore
  private let pages: Pages
  private let files: Files
  private let cookies: Cookies
  private let crossSite: CrossSiteGuard
  private let logger: Logger

  /// Throws only if what the executable carries is broken.
  /// - Parameters:
  ///   - publicURL: the address at which browsers reach the server; nil if the operator gave none.
  ///     Cookies are `Secure` only if it is HTTPS: anybody could send a header that says so.
  ///   - secretKeys: the keys that seal webhook secrets
  ///   - checkDestination: checks the URL of an endpoint that a person typed
  public init(
    _ pool: PostgresPool, publicURL: PublicURL?, secretKeys: SecretKeys, logger: Logger,
    checkDestination: @escaping EndpointURLCheck
  ) throws {
    files = try Files()
    cookies = Cookies(isSecure: publicURL?.isSecure ?? false)
    pages = try Pages(files: files, cookies: cookies, publicURL: publicURL)
    sessions = SessionStore(pool)
    crossSite = CrossSiteGuard(publicURL: publicURL)
    self.logger = logger
    let (pages, cookies, sessions) = (pages, cookies, sessions)
    let (accounts, people) = (StaffAccountStore(pool), PersonStore(pool))
    let endpoints = EndpointStore(pool, keys: secretKeys)
    let trial = PasswordTrial(throttle: SignInThrottle(pool), logger: logger)
    let routes: [Route] =
      [
        Route(
          template: "/", isForSignedIn: false,
          get: { pages.redirect(to: $0.session == nil ? "/sign-in" : "/settings/api-keys") })
      ]
      + SignInPages(
        accounts: accounts, sessions: sessions, trial: trial, pages: pages, cookies: cookies,
        logger: logger
      ).routes
      + AccountPages(
        accounts: accounts, sessions: sessions, trial: trial, pages: pages, cookies: cookies
      ).routes
      + APIKeyPages(keys: APIKeyStore(pool), pages: pages).routes
      + WebhookPages(endpoints: endpoints, pages: pages, checkDestination: checkDestination).routes
      + EndpointPages(endpoints: endpoints, pages: pages).routes
      + DeliveryPages(log: DeliveryLog(pool), endpoints: endpoints, pages: pages).routes
      + PeoplePages(people: people, pages: pages).routes
      + InvitationPages(
        invitations: InvitationStore(pool), sessions: sessions, pages: pages, cookies: cookies
      ).routes
      + AuditPages(trail: AuditTrail(pool), people: people, pages: pages).routes
      + [DocsPage(pages: pages).route]
    router = Router(routes, template: \.template)
  }

  /// The answer, and its route for the log.
  /// - Parameters:
  ///   - address: the client's address
  /// - Returns: nil if there is no such page and the client does not seem to be a browser
  package func respond(to request: Request, from address: String?) async
    -> (response: Response, route: String?)?
  {
    if let response = files.answer(request) { return (response, Files.template) }
    let match = router.match(request.path)
    guard match != nil || request.headers[.accept]?.contains("text/html") == true else {
      return nil
    }
    var visit: Visit?
    var response: Response
    do {
      let parameter = match?.parameter ?? ""
      let known = try await self.visit(
        request, from: address ?? "", parameter: parameter)
      visit = known
      guard let route = match?.destination else { throw PageFault.notFound }
      response = try await answer(known, route)
      if route.hasForms, known.secretIsNew, request.method == .get {
        cookies.setVisitor(known.secret, on: &response)
      }
    } catch {
      let fault = PageFault(error)
      if fault.status.code >= 500 { report(error, fault, request.id) }
      response = pages.page(fault, visit, requestID: request.id)
    }
    pages.protect(&response)
    return (response, match?.destination.template)
  }

  private func visit(
    _ request: Request, from address: String, parameter: String
  ) async throws -> Visit {
    let cookie = try cookies.session(request)
    var session: Session?
    if let cookie, let organization = cookie.organization {
      session = try await sessions.find(cookie.token, in: organization)
    }
    let known = session == nil ? try cookies.visitor(request) : cookie?.token
    guard let query = Form(parsing: request.query.utf8) else {
      throw PageFault.badAddress
    }
    return Visit(
      request: request, address: address, parameter: parameter, query: query,
      notice: cookies.notice(request), token: cookie?.token,
      isChoosing: cookie != nil && cookie?.organization == nil, session: session,
      secret: try known ?? .make(), secretIsNew: known == nil)
  }

  private func answer(_ visit: Visit, _ route: Route) async throws -> Response {
    // The session may have ended since the page was opened; its form then changes nothing.
    if route.isForSignedIn, visit.session == nil, !(route.isForChoosing && visit.isChoosing) {
      var response = pages.redirect(to: "/sign-in")
      if visit.request.method == .get {
        cookies.setDestination(visit.request.target, on: &response)
      }
      return response
    }
    switch visit.request.method {
    case .get:
      guard let get = route.get else { throw PageFault.wrongMethod(route.allowed) }
      return try await get(visit)
    case .post:
      guard let post = route.post else { throw PageFault.wrongMethod(route.allowed) }
      var visit = visit
      visit.form = try await Form(bodyOf: visit.request)
      try crossSite.check(
        visit.form, of: visit.request, visit.secretIsNew ? nil : visit.secret)
      return try await post(visit)
    default:
      throw PageFault.wrongMethod(route.allowed)
    }
  }

  private func report(_ error: any Error, _ fault: PageFault, _ requestID: String) {
    logger.log(
      level: fault.status == .serviceUnavailable ? .warning : .error, "page failed",
      metadata: [
        "request_id": .string(requestID), "error": .string(String(reflecting: error)),
      ])
  }
}
