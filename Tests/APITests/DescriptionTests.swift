import HTTPTypes
import Helpdesk
import Logging
import OpenAPI
import Postgres
import Testing
import Yams

@testable import API

@Suite struct DescriptionTests {
  /// The operations, such as `GET /api/external/tickets tickets:read`; without a scope if none is needed.
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

  @Test("openapi.yaml describes every route of the server, with its scope, and no other")
  func routes() throws {
    let pool = try PostgresPool(PostgresConfiguration(url: ""), logger: Logger(label: "test"))
    var served = Set((HealthRoutes.paths + DescriptionRoutes.paths).map { "GET \($0)" })
    for resource in ServerResponder.resources(pool) {
      for route in resource.routes {
        served.insert("\(route.method) \(resource.template) \(route.scope.rawValue)")
      }
    }
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
