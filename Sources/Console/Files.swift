import Cryptography
import Embedded
import HTTPServer
import HTTPTypes
import NIOCore

/// Stylesheet, script and picture, carried in the executable. Their names change with their content, so
/// that browsers can keep them for good.
struct Files: Sendable {
  private struct File: Sendable {
    let type: String
    let tag: EntityTag
    let body: ByteBuffer
  }

  private var files: [String: File] = [:]
  private var paths: [String: String] = [:]

  static let template = "/assets/{file}"

  init() throws {
    let types = ["css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"]
    for asset in EmbeddedFile.files(in: "assets") {
      let parts = asset.name.split(separator: ".").map(String.init)
      let digest = Hex.encode(try SHA256.digest(of: asset.text)).prefix(16)
      let path = "/assets/\(parts[0])-\(digest).\(parts[1])"
      paths[asset.name] = path
      files[path] = File(
        type: "\(types[parts[1]] ?? "text/plain"); charset=utf-8", tag: EntityTag(text: digest),
        body: ByteBuffer(string: asset.text))
    }
  }

  /// The path at which the file of this name is served.
  func path(_ name: String) -> String { paths[name] ?? "" }

  /// The answer if the request's path is a file's.
  func answer(_ request: Request) -> Response? {
    guard let file = files[request.path] else { return nil }
    let headers: HTTPFields = [
      .contentType: file.type,
      .cacheControl: "public, max-age=31536000, immutable", .xContentTypeOptions: "nosniff",
    ]
    guard request.method == .get else {
      return Response(
        status: .methodNotAllowed,
        headers: [.allow: "GET, HEAD", .xContentTypeOptions: "nosniff"])
    }
    return request.notModified(file.tag, headers)
      ?? Response(headers: headers, body: [file.body]).tagged(file.tag)
  }
}
