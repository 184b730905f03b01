import Cryptography
import EmbeddedAssets
import HTTPTypes
import Helpdesk
import Hummingbird
import NIOCore

/// `/openapi.yaml` and `/openapi.json`: what this API can do, for everybody.
struct DescriptionRoutes {
  static let paths = ["/openapi.yaml", "/openapi.json"]

  /// The answer, or nil when the path is none of these.
  func answer(_ request: Request) throws -> Response? {
    switch request.uri.path {
    case "/openapi.yaml":
      try serve(embedded_openapi_yaml(), as: "application/yaml", to: request)
    case "/openapi.json":
      try serve(embedded_openapi_json(), as: "application/json", to: request)
    default: nil
    }
  }

  private func serve(_ asset: embedded_asset, as mediaType: String, to request: Request) throws
    -> Response
  {
    guard request.method == .get || request.method == .head else {
      throw APIError.methodNotAllowed([.get, .head])
    }
    let bytes = UnsafeRawBufferPointer(start: asset.bytes, count: asset.length)
    let tag = "\"\(Hex.encode(Array(try SHA256.digest(of: bytes).prefix(16))))\""
    // Editors and viewers in browsers come from other origins; there is nothing here to protect.
    let headers: HTTPFields = [
      .eTag: tag, .cacheControl: "no-cache", .accessControlAllowOrigin: "*",
    ]
    guard !isCurrent(tag, request) else { return Response(status: .notModified, headers: headers) }
    var response = Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    response.headers[.contentType] = mediaType
    return response
  }

  /// Whether the caller has it already (RFC 9110, 13.1.2).
  private func isCurrent(_ tag: String, _ request: Request) -> Bool {
    let known = request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
    return known.contains { text in
      let text = String(text).trimmingWhiteSpace()
      return text == "*" || text == tag || text == "W/\(tag)"
    }
  }
}
