import HTTPServer
import HTTPTypes

/// `/healthz`, `/readyz` and `/metrics`: for operators, without a key.
package struct HealthRoutes: Sendable {
  static let paths = ["/healthz", "/readyz", "/metrics"]

  private let isReady: @Sendable () async -> Bool
  private let metrics: @Sendable () -> String
  private let metricsType: String

  /// - Parameters:
  ///   - isReady: true if the database answers and its schema is current
  ///   - metrics: the text of `/metrics`, of the media type `metricsType`
  package init(
    metricsType: String, metrics: @escaping @Sendable () -> String,
    isReady: @escaping @Sendable () async -> Bool
  ) {
    self.isReady = isReady
    self.metrics = metrics
    self.metricsType = metricsType
  }

  /// The answer, or nil if the path is none of these.
  func answer(_ request: Request) async throws -> Response? {
    guard Self.paths.contains(request.path) else { return nil }
    guard request.method == .get || request.method == .head else {
      throw APIError.methodNotAllowed([.get, .head])
    }
    switch request.path {
    case "/healthz":
      return Self.status("ok", .ok)
    case "/readyz":
      return await isReady()
        ? Self.status("ok", .ok) : Self.status("unavailable", .serviceUnavailable)
    default:
      return Response(headers: [.contentType: metricsType], body: metrics())
    }
  }

  private static func status(_ word: String, _ status: HTTPResponse.Status) -> Response {
    var json = JSONWriter(capacity: 32)
    json.openObject()
    json.key("status")
    json.string(word)
    json.closeObject()
    var response = json.response(status)
    if status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
    return response
  }
}
