package import HTTPTypes
import NIOHTTP1

/// Why a message never becomes a request.
package struct Refusal: Sendable, Equatable {
  package let status: HTTPResponse.Status
  /// Shown to the client.
  package let message: String

  package static let malformed = Refusal(
    status: .badRequest, message: "the request is not well-formed HTTP/1.1")
  package static let headTooLarge = Refusal(
    status: .requestHeaderFieldsTooLarge, message: "the request's head is too large")
  package static let timeout = Refusal(
    status: .requestTimeout, message: "the request took too long to arrive")
  package static let version = Refusal(
    status: .httpVersionNotSupported, message: "use HTTP/1.1")
  package static let transferCoding = Refusal(
    status: .notImplemented, message: "chunked is the only transfer coding understood")

  package static let all = [malformed, headTooLarge, timeout, version, transferCoding]

  /// Characters that neither a host nor a port has.
  private static let noHost = Array(" \t/?#@\\".utf8)

  private init(status: HTTPResponse.Status, message: String) {
    self.status = status
    self.message = message
  }

  /// The reason why RFC 9112 refuses a head that NIO's parser accepts; nil if it does not.
  init?(_ head: HTTPRequestHead) {
    let headers = head.headers
    // Section 2.3: the version. 3.2: exactly one Host. 6.1: an unknown coding, or a body without a clear
    // end.
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
}
