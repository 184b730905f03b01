import HTTPTypes
import NIOCore
import NIOHTTP1

/// An answer to a message that never reaches a handler.
struct Refusal {
  let status: HTTPResponseStatus
  let code: ErrorCode
  let message: String

  static let malformed = Refusal(
    status: .badRequest, code: .badRequest, message: "the request is not well-formed HTTP/1.1")
  static let headTooLarge = Refusal(
    status: .requestHeaderFieldsTooLarge, code: .requestHeaderFieldsTooLarge,
    message: "the request's head is too large")
  static let timeout = Refusal(
    status: .requestTimeout, code: .requestTimeout, message: "the request took too long to arrive"
  )
  static let version = Refusal(
    status: .httpVersionNotSupported, code: .httpVersionNotSupported,
    message: "use HTTP/1.1")
  static let transferCoding = Refusal(
    status: .notImplemented, code: .notImplemented,
    message: "chunked is the only transfer coding understood")

  static let all = [malformed, headTooLarge, timeout, version, transferCoding]

  /// What no host and port consist of.
  private static let noHost = Array(" \t/?#@\\".utf8)

  private init(status: HTTPResponseStatus, code: ErrorCode, message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  /// What RFC 9112 asks a server to refuse in a head that its parser accepts; nil when all is well.
  init?(_ head: HTTPRequestHead) {
    let headers = head.headers
    // 2.3: the version. 3.2: exactly one Host. 6.1: a coding that is unknown, or whose end is.
    let hosts = headers["host"]
    let codings = headers[canonicalForm: "transfer-encoding"]
    if head.version.major != 1 {
      self = .version
    } else if hosts.count > 1 || (hosts.isEmpty && head.version.minor > 0) {
      self = .malformed
    } else if let host = hosts.first, host.utf8.contains(where: { Self.noHost.contains($0) }) {
      self = .malformed
    } else if !codings.isEmpty, headers.contains(name: "content-length") || head.version.minor == 0
    {
      self = .malformed
    } else if !codings.isEmpty, codings.count > 1 || codings[0].lowercased() != "chunked" {
      self = .transferCoding
    } else {
      return nil
    }
  }

  /// The error as the API writes errors.
  func answer(_ requestID: String) -> (HTTPResponseHead, ByteBuffer) {
    var json = JSONWriter(capacity: 256)
    json.error(code: code, message: message, requestID: requestID, details: [])
    let head = HTTPResponseHead(
      version: .http1_1, status: status,
      headers: [
        "content-type": "application/json", "content-length": "\(json.buffer.readableBytes)",
        "connection": "close", "x-request-id": requestID, "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
      ])
    return (head, json.buffer)
  }
}
