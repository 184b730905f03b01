import Cryptography
import Embedded
import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore

/// `/openapi.yaml` and `/openapi.json`: the description of this API, for everybody.
struct DescriptionRoutes {
  static let paths = ["/openapi.yaml", "/openapi.json"]

  private struct Document {
    let mediaType: String
    let body: ByteBuffer
    /// Strong: a digest of the body (RFC 9110, 8.8.3).
    let tag: EntityTag
  }

  private let documents: [String: Document]

  /// - Parameter server: the address that clients reach this server at, without a slash at its end; nil:
  ///   the description's `servers` names the address that the document came from
  init(server: String?) throws {
    documents = [
      "/openapi.yaml": try Self.document(
        EmbeddedFile.openapi_yaml, "application/yaml", replacing: "  - url: /\n",
        with: server.map { "  - url: '\($0)'\n" }),
      "/openapi.json": try Self.document(
        EmbeddedFile.openapi_json, "application/json", replacing: "\"url\": \"/\"",
        with: server.map { "\"url\": \"\($0)\"" }),
    ]
  }

  private static func document(
    _ file: EmbeddedFile, _ mediaType: String, replacing server: String,
    with replacement: String?
  ) throws -> Document {
    var text = file.text
    if let replacement, let range = text.firstRange(of: server) {
      text.replaceSubrange(range, with: replacement)
    }
    let body = ByteBuffer(string: text)
    let digest = try SHA256.digest(of: body.readableBytesView)
    return Document(
      mediaType: mediaType, body: body, tag: EntityTag(text: Hex.encode(Array(digest.prefix(16)))))
  }

  /// The answer, or nil when the path is none of these.
  func answer(_ request: Request) throws -> Response? {
    guard let document = documents[request.uri.path] else { return nil }
    guard request.method == .get || request.method == .head else {
      throw APIError.methodNotAllowed([.get, .head])
    }
    // Editors and viewers in browsers come from other origins; there is nothing here to protect.
    let headers: HTTPFields = [
      .eTag: document.tag.quoted, .cacheControl: "no-cache", .accessControlAllowOrigin: "*",
    ]
    guard !request.hasCurrent(document.tag) else {
      return Response(status: .notModified, headers: headers)
    }
    var response = Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: document.body))
    response.headers[.contentType] = document.mediaType
    return response
  }
}
