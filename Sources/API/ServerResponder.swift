import HTTPTypes
import Helpdesk
import Hummingbird
import Logging
import Metrics
import Postgres

/// Answers every request: gives it an id, finds who asks and whether they may, lets the router choose
/// the handler, turns errors into answers, and reports on it all.
struct ServerResponder: HTTPResponder {
  typealias Context = ServerContext

  private let admission: AdmissionStore
  private let api: RouterResponder<APIContext>
  private let health: HealthRoutes
  private let description: DescriptionRoutes
  private let pages: PageResponder?
  private let throttle = KeyThrottle()
  private let memory: ResponseMemory
  private let clientAddress: ClientAddress
  private let report: RequestReport

  init(
    _ pool: PostgresPool, health: HealthRoutes, pages: PageResponder?, publicURL: String?,
    clientAddress: @escaping ClientAddress, memory: ResponseMemory, logger: Logger
  ) throws {
    description = try DescriptionRoutes(server: publicURL)
    admission = AdmissionStore(pool)
    self.clientAddress = clientAddress
    self.memory = memory
    api = Self.router(pool).buildResponder()
    self.health = health
    self.pages = pages
    report = RequestReport(logger)
  }

  /// Every route below `/api/external`.
  static func router(_ pool: PostgresPool) -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    let group = router.group("api/external")
    let comments = CommentStore(pool)
    TicketController(tickets: TicketStore(pool), comments: comments).addRoutes(to: group)
    CommentController(comments: comments).addRoutes(to: group)
    ConversationController(conversations: ConversationStore(pool)).addRoutes(to: group)
    return router
  }

  func respond(to request: Request, context: ServerContext) async throws -> Response {
    let start = ContinuousClock.now
    var exchange = Exchange(request)
    var response: Response
    do {
      response =
        if let trace = exchange.traceParent {
          try await Trace.$parent.withValue(trace) { try await answer(&exchange, context) }
        } else {
          try await answer(&exchange, context)
        }
    } catch {
      report.unexpected(error, exchange)
      response = APIError(error).response(exchange.requestID)
    }
    exchange.admission?.writeHeaders(&response.headers)
    if exchange.isForAPI {
      // The data is one organization's and changes: a cache may keep it for this caller alone, and must revalidate.
      response.headers[.cacheControl] = "private, no-cache"
      response.headers[.xContentTypeOptions] = "nosniff"
    }
    response.headers[.xRequestID] = exchange.requestID
    if request.method == .head { response = response.createHeadResponse() }
    report.answered(exchange, response.status, in: ContinuousClock.now - start)
    return response
  }

  private func answer(_ exchange: inout Exchange, _ context: ServerContext) async throws
    -> Response
  {
    guard exchange.isForAPI else {
      let request = exchange.request
      var answer = try await health.answer(request)
      if answer == nil { answer = try await description.answer(request) }
      if let answer {
        exchange.route = exchange.path
        return try await ResponseCompression.apply(to: answer, of: request)
      }
      guard
        let page = await pages?(
          exchange.requestAsGet, clientAddress(exchange.request, context.remoteAddress),
          exchange.requestID)
      else { throw APIError.notFound("route") }
      exchange.route = page.route
      return try await AnswerRoom(memory, context.channel).hold(
        try await ResponseCompression.apply(to: page.response, of: request))
    }
    let (principal, ticket) = try await admit(&exchange, context)
    let apiContext = APIContext(
      source: APIContext.Source(
        logger: context.logger, principal: principal, ticket: ticket,
        room: AnswerRoom(memory, context.channel)))
    defer {
      // The router's word for no route.
      exchange.route = apiContext.endpointPath.flatMap { $0 == "NotFound" ? nil : $0 }
    }
    // The router would overlook an empty segment.
    guard !exchange.hasEmptySegment else { throw APIError.notFound("route") }
    let response = try await api.respond(to: exchange.requestAsGet, context: apiContext)
    // Handlers throw what is not found; an answer with this status is the router's own.
    guard response.status != .notFound else { throw APIError.notFound("route") }
    return try await apiContext.room.hold(
      try await ResponseCompression.apply(to: response, of: exchange.request))
  }

  /// The one place that decides whether a request goes on: key, then rate limit, then plan.
  private func admit(_ exchange: inout Exchange, _ context: ServerContext) async throws
    -> (Principal, FoundTicket?)
  {
    guard let key = exchange.bearerToken, let hash = try APIKey.hash(ofKey: key) else {
      throw APIError.unauthorized
    }
    func client() -> String? { clientAddress(exchange.request, context.remoteAddress) }
    if let seconds = throttle.wait(hash, from: client()) {
      report.keyThrottled()
      throw APIError.tooManyKeys(seconds)
    }
    let (admission, ticket) =
      if let ticket = exchange.ticketToRead {
        try await admission.admit(hash, reading: ticket)
      } else {
        (try await admission.admit(hash), nil)
      }
    exchange.admission = admission
    switch admission {
    case .unknownKey:
      throttle.noteUnknown(hash, from: client())
      throw APIError.unauthorized
    case .refused(_, let limit):
      throttle.noteAdmitted(hash)
      report.refused()
      throw APIError.rateLimited(limit)
    case .admitted(let principal, _):
      throttle.noteAdmitted(hash)
      guard principal.plan.includesAPI else { throw APIError.planRequired }
      return (principal, ticket)
    }
  }
}

extension Admission {
  /// Where the key stands, in the headers that clients know and in the IETF draft's.
  func writeHeaders(_ headers: inout HTTPFields) {
    switch self {
    case .unknownKey: break
    case .refused(_, let limit), .admitted(_, let limit):
      headers[.xRateLimitLimit] = String(limit.limit)
      headers[.xRateLimitRemaining] = String(limit.remaining)
      headers[.xRateLimitReset] = String(limit.resetsAtUnixSeconds)
      headers[.rateLimitPolicy] = "\"default\";q=\(limit.limit);w=\(RateLimit.window)"
      headers[.rateLimit] = "\"default\";r=\(limit.remaining);t=\(limit.secondsUntilReset)"
    }
  }
}
