import Crypto
import Foundation
import TestReceivers
import TestSupport

/// The signatures that a receiver expects, computed by a library other than the server's.
enum Signature {
  /// `v1,` and base64, of Standard Webhooks.
  static func standard(_ secret: String, _ request: Receiver.Request) throws -> String {
    guard let key = Data(base64Encoded: String(secret.dropFirst("whsec_".count))),
      let id = request.header("webhook-id"), let time = request.header("webhook-timestamp")
    else { throw TestError("not to be verified: \(request)") }
    let code = HMAC<SHA256>.authenticationCode(
      for: Data("\(id).\(time).\(request.body)".utf8), using: SymmetricKey(data: key))
    return "v1,\(Data(code).base64EncodedString())"
  }

  /// Lower-case hex, of `X-Webhook-Signature`.
  static func simple(_ secret: String, _ request: Receiver.Request) throws -> String {
    HMAC<SHA256>.authenticationCode(
      for: Data(request.body.utf8), using: SymmetricKey(data: Data(secret.utf8))
    ).map { String(format: "%02x", $0) }.joined()
  }
}
