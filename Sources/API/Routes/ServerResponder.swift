package import HTTPServer
import HTTPTypes
import Helpdesk
package import Logging
package import Postgres

/// Answers every request: identifies the caller, checks that the request is allowed, has the route's
/// handler answer, turns errors into answers, and reports on all of it.
package struct ServerResponder: Responder {
  private let admission: AdmissionStore
  private let router: Router<Resource>
  private let health: HealthRoutes
  private let description: DescriptionRoutes
  private let pages: PageResponder
  private let throttle = KeyThrottle()
  private let memory: ResponseMemory
  private let clientAddress: ClientAddress
  private let report: RequestReport

  /// Throws only if what the executable carries is broken.
  /// - Parameters:
  ///   - pages: answers requests outside of `/api/external` and the operators' paths
  ///   - publicURL: the server that the API description names, such as `https://help.example.com`; nil
  ///     for the address that the description was requested from
  ///   - clientAddress: the address that unknown keys are counted for; pages get it too
  package init(
    _ pool: PostgresPool, health: HealthRoutes, pages: @escaping PageResponder, publicURL: String?,
    clientAddress: @escaping ClientAddress, memory: ResponseMemory, logger: Logger
  ) throws {
    description = try DescriptionRoutes(server: publicURL)
    admission = AdmissionStore(pool)
    router = Router(Self.resources(pool), template: \.template)
    self.clientAddress = clientAddress
    self.memory = memory
    self.health = health
    self.pages = pages
    report = RequestReport(logger)
  }

  /// Everything below `/api/external`.
  static func resources(_ pool: PostgresPool) -> [Resource] {
    let comments = CommentStore(pool)
    return TicketController(tickets: TicketStore(pool), comments: comments).resources
      + CommentController(comments: comments).resources
      + ConversationController(conversations: ConversationStore(pool)).resources
  }

  package func respond(to request: Request) async -> Response {
    let start = ContinuousClock.now
    var exchange = Exchange(request)
    var response: Response
    do {
      response =
        if let trace = exchange.traceParent {
          try await Trace.$parent.withValue(trace) { try await answer(&exchange) }
        } else {
          try await answer(&exchange)
        }
    } catch {
      report.unexpected(error, exchange)
      response = APIError(error).response(request.id)
    }
    exchange.admission?.writeHeaders(&response.headers)
    if exchange.isForAPI { response.protectAPI() }
    response.headers[.xRequestID] = request.id
    if request.method == .head { response.removeBody() }
    report.answered(exchange, response.status, in: ContinuousClock.now - start)
    return response
  }

  package func respond(to refusal: Refusal, requestID: String) -> Response {
    report.messageRefused(refusal, requestID)
    return APIError(refusal).refusalResponse(requestID)
  }

  private func answer(_ exchange: inout Exchange) async throws -> Response {
    exchange.isForAPI ? try await answerAPI(&exchange) : try await answerOthers(&exchange)
  }

  private func answerOthers(_ exchange: inout Exchange) async throws -> Response {
    let request = exchange.request
    var answer = try await health.answer(request)
    if answer == nil { answer = try await description.answer(request) }
    if let answer {
      exchange.route = request.path
      return await ResponseCompression.apply(to: answer, of: request)
    }
    guard
      let page = await pages(exchange.requestAsGet, clientAddress(request))
    else { throw APIError.notFound("route") }
    exchange.route = page.route
    return try await AnswerRoom(memory, request.channel).hold(
      await ResponseCompression.apply(to: page.response, of: request))
  }

  private func answerAPI(_ exchange: inout Exchange) async throws -> Response {
    let request = exchange.request
    let method = exchange.requestAsGet.method
    let match = router.match(request.path).flatMap {
      $0.destination.accepts(parameter: $0.parameter) ? $0 : nil
    }
    let route = try? match?.destination.route(method)
    let ticketToRead =
      route?.prefetchesTicket == true ? match.flatMap { TicketID($0.parameter) } : nil
    let (principal, ticket) = try await admit(&exchange, reading: ticketToRead)
    guard let (resource, parameter) = match else { throw APIError.notFound("route") }
    exchange.route = resource.template
    let allowed = try resource.route(method)
    guard principal.scopes.contains(allowed.scope) else {
      throw APIError.insufficientScope(allowed.scope)
    }
    let room = AnswerRoom(memory, request.channel)
    let response = try await allowed.handle(
      APIContext(
        request: request, principal: principal, parameter: parameter, ticket: ticket, room: room))
    return try await room.hold(await ResponseCompression.apply(to: response, of: request))
  }

  /// The one function that decides if a request goes on: by its key, then the rate limit, then the plan.
  private func admit(_ exchange: inout Exchange, reading ticket: TicketID?) async throws
    -> (Principal, FoundTicket?)
  {
    guard let key = exchange.bearerToken, let hash = try APIKey.hash(ofKey: key) else {
      throw APIError.unauthorized
    }
    let request = exchange.request
    if let seconds = throttle.retryAfter(hash, from: clientAddress(request)) {
      report.keyThrottled()
      throw APIError.tooManyKeys(seconds)
    }
    let (admission, found) =
      if let ticket {
        try await admission.admit(hash, reading: ticket)
      } else {
        (try await admission.admit(hash), nil)
      }
    exchange.admission = admission
    switch admission {
    case .unknownKey:
      throttle.noteUnknown(hash, from: clientAddress(request))
      throw APIError.unauthorized
    case .refused(_, let limit):
      throttle.noteKnown(hash)
      report.rateLimited()
      throw APIError.rateLimited(limit)
    case .admitted(let principal, _):
      throttle.noteKnown(hash)
      guard principal.plan.includesAPI else { throw APIError.planRequired }
      return (principal, found)
    }
  }
}

/// The address that a request came from: the connection's, or the one that a trusted proxy names.
package typealias ClientAddress = @Sendable (Request) -> String?

/// Answers requests that are not the API's: the pages for people, which this module does not know. It is
/// given the request and the address that it came from, and returns the answer and its route for the log;
/// nil if there is no such page.
package typealias PageResponder =
  @Sendable (Request, _ address: String?) async -> (response: Response, route: String?)?

extension Response {
  /// The data belongs to one organization and changes: a cache may keep it only for this caller, and must
  /// revalidate it.
  mutating func protectAPI() {
    headers[.cacheControl] = "private, no-cache"
    headers[.xContentTypeOptions] = "nosniff"
  }
}

extension Admission {
  /// The key's rate limit, in the usual headers and those of the IETF draft.
  fileprivate func writeHeaders(_ headers: inout HTTPFields) {
    switch self {
    case .unknownKey: break
    case .refused(_, let limit), .admitted(_, let limit):
      headers[.xRateLimitLimit] = String(limit.limit)
      headers[.xRateLimitRemaining] = String(limit.remaining)
      headers[.xRateLimitReset] = String(limit.resetsAtUnixSeconds)
      headers[.rateLimitPolicy] = "\"default\";q=\(limit.limit);w=\(RateLimitStatus.window)"
      headers[.rateLimit] = "\"default\";r=\(limit.remaining);t=\(limit.secondsUntilReset)"
    }
  }
}
