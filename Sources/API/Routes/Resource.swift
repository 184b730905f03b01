import HTTPServer
import HTTPTypes
import Helpdesk

/// A path below `/api/external`, and what its methods do.
struct Resource: Sendable {
  static let root = "/api/external"
  static let prefix = root + "/"

  /// Such as `/api/external/tickets/{ticketId}`.
  let template: String
  let routes: [Route]
  private let hasParameter: Bool

  /// - Parameter path: below `/api/external`
  init(_ path: String, _ routes: Route...) {
    template = Self.prefix + path
    self.routes = routes
    hasParameter = path.contains("{")
  }

  /// False for a path whose parameter is empty, such as `/api/external/tickets/`.
  func accepts(parameter: String) -> Bool { !hasParameter || !parameter.isEmpty }

  /// - Parameter method: GET for a HEAD request, too, which is answered like GET
  func route(_ method: HTTPRequest.Method) throws(APIError) -> Route {
    if let route = routes.first(where: { $0.method == method }) { return route }
    var allowed = routes.map(\.method)
    if let get = allowed.firstIndex(of: .get) { allowed.insert(.head, at: get + 1) }
    throw .methodNotAllowed(allowed)
  }
}

/// One method of a resource.
struct Route: Sendable {
  let method: HTTPRequest.Method
  let scope: APIKey.Scope
  /// True if the path's ticket can be read along with the admission.
  let prefetchesTicket: Bool
  let handle: @Sendable (APIContext) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ scope: APIKey.Scope, prefetchesTicket: Bool = false,
    _ handle: @escaping @Sendable (APIContext) async throws -> Response
  ) {
    self.method = method
    self.scope = scope
    self.prefetchesTicket = prefetchesTicket
    self.handle = handle
  }
}
