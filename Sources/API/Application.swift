public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import Postgres

/// The HTTP server: the API, and what operators ask.
/// - Parameters:
///   - host: a name or address to listen on
///   - port: 0 lets the system choose
///   - idleTimeout: how long a connection may be quiet between requests
///   - pages: answers what is below neither `/api/external` nor the operators' paths
///   - publicURL: what the description names as its server, as `https://help.example.com`; nil: the address
///     that it came from
///   - clientAddress: whom unknown keys count against, and what pages are told
///   - beforeListening: what must have succeeded before the first connection is accepted
///   - onListening: told the port once connections are accepted
public func buildApplication(
  _ pool: PostgresPool, host: String, port: Int, idleTimeout: Duration, health: HealthRoutes,
  pages: PageResponder? = nil, publicURL: String? = nil,
  clientAddress: @escaping ClientAddress = { $1 }, logger: Logger,
  beforeListening: @escaping @Sendable () async throws -> Void,
  onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> some ApplicationProtocol {
  let memory = ResponseMemory()
  var application = application(
    try ServerResponder(
      pool, health: health, pages: pages, publicURL: publicURL, clientAddress: clientAddress,
      memory: memory, logger: logger),
    memory, host: host, port: port, idleTimeout: idleTimeout, logger: logger,
    onListening: onListening)
  application.beforeServerStarts(perform: beforeListening)
  return application
}

/// A server that answers only what operators ask: for a process that is a worker and nothing else.
public func buildHealthApplication(
  host: String, port: Int, idleTimeout: Duration, health: HealthRoutes, logger: Logger,
  onListening: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
  application(
    HealthResponder(health: health), ResponseMemory(), host: host, port: port,
    idleTimeout: idleTimeout, logger: logger, onListening: onListening)
}

private func application<Responder: HTTPResponder<ServerContext>>(
  _ responder: Responder, _ memory: ResponseMemory, host: String, port: Int, idleTimeout: Duration,
  logger: Logger,
  onListening: @escaping @Sendable (Int) async -> Void
) -> Application<Responder> {
  let limits = ConnectionLimits()
  let report = RequestReport(logger)
  var deadlines = ConnectionDeadlines()
  deadlines.idle = TimeAmount(idleTimeout)
  // Hummingbird reports each start and stop of its own; the executable does too.
  var quiet = logger
  quiet.logLevel = max(logger.logLevel, .warning)
  return Application(
    responder: responder,
    server: HTTPServerBuilder { [quiet, deadlines] _ in
      HTTPChannel(
        responder: responder, limits: limits, memory: memory, report: report, logger: quiet,
        deadlines: deadlines)
    },
    configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1024),
    onServerRunning: { channel in
      // Fails only when the channel is closed already.
      try? await AcceptPause.add(to: channel, logger)
      await onListening(channel.localAddress?.port ?? port)
    },
    logger: quiet)
}

/// `HealthRoutes`, and 404 for everything else.
struct HealthResponder: HTTPResponder {
  let health: HealthRoutes

  func respond(to request: Request, context: ServerContext) async throws -> Response {
    let exchange = Exchange(request)
    var response: Response
    do {
      guard let answer = try await health.answer(request) else { throw APIError.notFound("route") }
      response = answer
    } catch {
      response = APIError(error).response(exchange.requestID)
    }
    response.headers[.xRequestID] = exchange.requestID
    response = try await ResponseCompression.apply(to: response, of: request)
    return request.method == .head ? response.createHeadResponse() : response
  }
}
