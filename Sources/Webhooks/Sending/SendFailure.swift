import Cryptography
import Glibc
import NIOCore
import NIOHTTP1
import NIOSSL

/// The texts about attempts without an answer, for the owner of the endpoint: the only table from errors
/// to words.
enum SendFailure {
  static let noAddress = "the host has no address"
  static let closed = "the connection was closed before an answer came"
  static let closedInHandshake = "the connection was closed during the TLS handshake"
  static let notHTTP = "the answer was not HTTP"
  static let longHead = "the head of the answer was too long"

  static func wrongName(_ host: String) -> String { "the certificate is not valid for \(host)" }

  /// Texts by the system's error number.
  private static let systemErrors: [Int32: String] = [
    ECONNREFUSED: "the connection was refused",
    ECONNRESET: "the connection was reset",
    ECONNABORTED: "the connection was reset",
    EPIPE: "the connection was reset",
    ETIMEDOUT: "the connection timed out",
    EHOSTUNREACH: "the host is unreachable",
    EHOSTDOWN: "the host is unreachable",
    ENETUNREACH: "the network of the host is unreachable",
    ENETDOWN: "the network of the host is unreachable",
    EADDRNOTAVAIL: "the network of the host is unreachable",
    EAFNOSUPPORT: "the network of the host is unreachable",
    EACCES: "a firewall forbids the connection",
    EPERM: "a firewall forbids the connection",
  ]

  /// Texts by a part of the TLS library's error, searched in this order. The names are from BoringSSL's
  /// `ssl.h` and `tls1.h`.
  private static let tlsErrors: KeyValuePairs = [
    "WRONG_VERSION_NUMBER": "the endpoint did not answer with TLS",
    "UNSUPPORTED_PROTOCOL": "the endpoint does not offer TLS 1.2 or later",
    "PROTOCOL_VERSION": "the endpoint does not offer TLS 1.2 or later",
    "UNRECOGNIZED_NAME": "the endpoint has no certificate for the host name",
    "CERTIFICATE_REQUIRED": "the endpoint asks for a client certificate",
    "ALERT_BAD_CERTIFICATE": "the endpoint asks for a client certificate",
    "NO_APPLICATION_PROTOCOL": "the endpoint does not offer HTTP/1.1",
    "_ALERT_": "the endpoint refused the TLS handshake",
  ]

  /// The failure in words.
  ///
  /// - Parameters:
  ///   - certificate: The peer's certificate, if it has shown one.
  static func words(
    _ error: any Error, certificate: NIOSSLCertificate? = nil
  ) -> String {
    switch error {
    case let error as IOError:
      systemErrors[error.errnoCode]
        ?? "the connection failed: \(String(cString: strerror(error.errnoCode)))"
    case ChannelError.connectTimeout: "the connection timed out"
    case HTTPParserError.headerOverflow: longHead
    // The decoder reports this for a connection that ends within a head or body.
    case HTTPParserError.invalidEOFState: closed
    case is HTTPParserError, is NIOHTTPDecoderError: notHTTP
    case NIOSSLError.uncleanShutdown: closed
    case NIOSSLError.handshakeFailed(let cause): handshake(cause, certificate)
    // In TLS 1.3 a server may refuse the client after its handshake.
    case let cause as BoringSSLError: handshake(cause, certificate)
    default: "the connection failed"
    }
  }

  /// True if the decoder gave up because of the answer's syntax, not its length or end.
  static func isOfSyntax(_ error: any Error) -> Bool {
    switch error {
    case HTTPParserError.headerOverflow, HTTPParserError.invalidEOFState: false
    case is HTTPParserError, is NIOHTTPDecoderError: true
    default: false
    }
  }

  /// The text if this server lacks something; nil for other failures.
  static func shortage(_ error: any Error, to address: IPAddress) -> String? {
    switch (error as? IOError)?.errnoCode {
    case EMFILE, ENFILE: "the server has too many files open"
    case ENOBUFS, ENOMEM: "the server has no memory for another connection"
    // For IPv6, it means that this server has no IPv6 address.
    case EADDRNOTAVAIL where address.family == .v4: "the server has no free port"
    default: nil
    }
  }

  private static func handshake(
    _ error: BoringSSLError, _ certificate: NIOSSLCertificate?
  ) -> String {
    guard case .sslError(let stack) = error else { return "the TLS handshake failed" }
    if stack.contains(.eofDuringHandshake) { return closedInHandshake }
    let text = stack.map(\.description).joined(separator: " ")
    if text.contains("CERTIFICATE_VERIFY_FAILED") { return unverified(certificate) }
    return tlsErrors.first { text.contains($0.key) }?.value ?? "the TLS handshake failed"
  }

  /// The probable reason why the library refused the certificate, which the library does not tell.
  private static func unverified(_ certificate: NIOSSLCertificate?) -> String {
    let now = time(nil)
    let reason =
      switch certificate {
      case let certificate? where certificate.notValidAfter < now: "it has expired"
      case let certificate? where certificate.notValidBefore > now: "it is not valid yet"
      case let certificate? where isSelfIssued(certificate): "it is self-signed"
      default:
        "it was issued by an authority that is not trusted, or an intermediate certificate is missing or"
          + " has expired"
      }
    return "the certificate could not be verified: \(reason)"
  }

  private static func isSelfIssued(_ certificate: NIOSSLCertificate) -> Bool {
    (try? certificate.toDERBytes()).map(CertificateIssuer.isSubject) ?? false
  }
}
