import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import OpenAPI
import Postgres
import Testing
import Yams

@testable import API
@testable import Helpdesk

@Suite struct DescriptionTests {
  /// The operations as `GET /api/external/tickets tickets:read`; without a scope where none is needed.
  private func operations() throws -> Set<String> {
    var lines: Set<String> = []
    for (path, item) in try #require(try OpenAPIDocument.parse()["paths"]?.mapping) {
      for (method, operation) in item.mapping ?? [:] where method.string != "parameters" {
        let parts = [method.string?.uppercased(), path.string, operation["x-scope"]?.string]
        lines.insert(parts.compactMap(\.self).joined(separator: " "))
      }
    }
    return lines
  }

  /// The answer of a route to a key that may do nothing.
  private func refusal(
    _ route: Router<APIContext>.RouteDescription, _ responder: RouterResponder<APIContext>
  ) async throws -> APIError? {
    let logger = Logger(label: "test")
    let principal = Principal(
      organization: .ofNothing, key: .ofNothing, plan: .pro, scopes: APIKey.Scopes([]))
    let path = "\(route.path)".replacing(/{[^}]*}/, with: "c0000000000000000000000aa")
    let request = Request(
      head: HTTPRequest(method: route.method, scheme: nil, authority: nil, path: path),
      body: RequestBody(buffer: ByteBuffer()))
    do {
      _ = try await responder.respond(
        to: request,
        context: APIContext(
          source: .init(
            logger: logger, principal: principal, ticket: nil,
            room: AnswerRoom(ResponseMemory(), NIOAsyncTestingChannel()))))
      return nil
    } catch let error as APIError {
      return error
    }
  }

  @Test("openapi.yaml describes every route of the server, with its scope, and no other")
  func routes() async throws {
    let pool = try PostgresPool(PostgresConfiguration(url: ""), logger: Logger(label: "test"))
    let router = ServerResponder.router(pool)
    let responder = router.buildResponder()
    var served: Set<String> = []
    for route in router.routes {
      let refusal = try #require(
        try await refusal(route, responder), "\(route) asks for no scope")
      // The router answers so for methods without an operation.
      if refusal.code == .methodNotAllowed { continue }
      #expect(refusal.code == .insufficientScope, "\(route)")
      let scope = try #require(refusal.message.split(separator: " ").last)
      served.insert("\(route.method) \(route.path) \(scope)")
    }
    for path in HealthRoutes.paths + DescriptionRoutes.paths { served.insert("GET \(path)") }
    #expect(try operations() == served)
  }

  @Test("openapi.yaml lists every code that an error can have, and no other")
  func errorCodes() throws {
    let schemas = try OpenAPIDocument.parse()["components"]?["schemas"]
    let codes = schemas?["ErrorCode"]?["enum"]?.array(of: String.self) ?? []
    #expect(Set(codes) == Set(ErrorCode.allCases.map(\.rawValue)))
    #expect(codes.count == ErrorCode.allCases.count)
  }
}
