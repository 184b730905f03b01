import Cryptography
import HTTPServer
import HTTPTypes
import NIOCore
import OpenAPI

/// `/openapi.yaml` and `/openapi.json`: the description of this API, for everybody. The JSON is made from
/// the YAML when it is first requested.
struct DescriptionRoutes {
  static let paths = ["/openapi.yaml", "/openapi.json"]

  private struct Document {
    let mediaType: String
    let body: ByteBuffer
    /// A strong tag: a digest of the body (RFC 9110, 8.8.3).
    let tag: EntityTag

    init(_ text: String, _ mediaType: String) throws {
      self.mediaType = mediaType
      body = ByteBuffer(string: text)
      tag = EntityTag(text: Hex.encode(Array(try SHA256.digest(of: text).prefix(16))))
    }
  }

  private let yaml: Document
  private let json: AsyncLazy<Document>

  /// - Parameter server: the address that clients reach this server at, without a slash at its end; nil
  ///   for the address that the document was requested from
  init(server: String?) throws {
    let yaml = try Document(Self.text(server: server), "application/yaml")
    self.yaml = yaml
    json = AsyncLazy {
      let root = try OpenAPIDocument.parse(String(buffer: yaml.body))
      return try Document(root.json + "\n", "application/json")
    }
  }

  private static func text(server: String?) -> String {
    let text = OpenAPIDocument.yaml
    guard let server, let range = text.utf8.firstRange(of: "  - url: /\n".utf8) else { return text }
    return "\(text[..<range.lowerBound])  - url: '\(server)'\n\(text[range.upperBound...])"
  }

  /// The answer, or nil if the path is none of these.
  func answer(_ request: Request) async throws -> Response? {
    let path = request.path
    guard Self.paths.contains(path) else { return nil }
    guard request.method == .get || request.method == .head else {
      throw APIError.methodNotAllowed([.get, .head])
    }
    let document = path == "/openapi.yaml" ? yaml : try await json.value
    // Editors and viewers in browsers have other origins; there is nothing here to protect.
    let headers: HTTPFields = [.cacheControl: "no-cache", .accessControlAllowOrigin: "*"]
    if let answer = request.notModified(document.tag, headers) { return answer }
    var response = Response(headers: headers, body: [document.body]).tagged(document.tag)
    response.headers[.contentType] = document.mediaType
    return response
  }
}
