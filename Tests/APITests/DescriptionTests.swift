import Embedded
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import Postgres
import Testing

@testable import API
@testable import Helpdesk

@Suite struct DescriptionTests {
  /// What these tests read of `openapi.json`.
  private struct Document: Decodable {
    struct Components: Decodable {
      struct Schemas: Decodable {
        enum CodingKeys: String, CodingKey { case errorCode = "ErrorCode" }
        let errorCode: Words
      }
      let schemas: Schemas
    }
    struct Words: Decodable { let `enum`: [String] }

    /// A member of a path: an operation, or the parameters of them all.
    struct Member: Decodable {
      enum Name: String, CodingKey { case scope = "x-scope" }
      let scope: String?

      init(from decoder: any Decoder) throws {
        scope = try? decoder.container(keyedBy: Name.self).decode(String.self, forKey: .scope)
      }
    }

    let paths: [String: [String: Member]]
    let components: Components

    init() throws {
      self = try JSONDecoder().decode(
        Document.self, from: Data(EmbeddedFile.openapi_json.text.utf8))
    }

    /// As `GET /api/external/tickets tickets:read`; without a scope where none is needed.
    var operations: Set<String> {
      var lines: Set<String> = []
      for (path, members) in paths {
        for (name, member) in members where name != "parameters" {
          lines.insert(
            [name.uppercased(), path, member.scope].compactMap(\.self).joined(separator: " "))
        }
      }
      return lines
    }
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
      // Of the methods of a path, those that are answered so are none of its operations.
      if refusal.code == .methodNotAllowed { continue }
      #expect(refusal.code == .insufficientScope, "\(route)")
      let scope = try #require(refusal.message.split(separator: " ").last)
      served.insert("\(route.method) \(route.path) \(scope)")
    }
    for path in HealthRoutes.paths + DescriptionRoutes.paths { served.insert("GET \(path)") }
    #expect(try Document().operations == served)
  }

  @Test("openapi.yaml lists every code that an error can have, and no other")
  func errorCodes() throws {
    let codes = try Document().components.schemas.errorCode.enum
    #expect(Set(codes) == Set(ErrorCode.allCases.map(\.rawValue)))
    #expect(codes.count == ErrorCode.allCases.count)
  }
}
