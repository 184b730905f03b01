import Cryptography
import Helpdesk

/// A request that cannot be signed is not sent.
private struct NoSecret: Error, CustomStringConvertible {
  let description = "the endpoint has no signing secret"
}

/// The headers of an attempt, signed in both schemes: that of the Standard Webhooks specification, and
/// the plain HMAC that docs/receivers describes.
struct Signer: Sendable {
  private static let secretPrefix = "whsec_"

  let userAgent: String
  private let keys: SecretKeys

  /// - Parameters:
  ///   - version: the server's version, for `User-Agent`
  ///   - keys: the keys that seal secrets
  init(version: String, keys: SecretKeys) {
    userAgent = "TacoHelp-Webhooks/\(version)"
    self.keys = keys
  }

  /// Signs with the time of the database's clock: receivers reject a timestamp that is a few minutes off.
  /// - Throws: `SecretFault` if a secret cannot be opened; another error if there is none
  func headers(for delivery: Delivery) throws -> [(String, String)] {
    let now = delivery.clock.unixSeconds
    let secrets = try delivery.secrets.map(keys.open)
    guard let current = secrets.first else { throw NoSecret() }
    let body = Array(delivery.body.utf8)
    let signed = Array("\(delivery.event).\(now).".utf8) + body
    var signatures: [String] = []
    for secret in secrets {
      guard let key = Base64.decode(String(secret.dropFirst(Self.secretPrefix.count))) else {
        continue
      }
      signatures.append("v1,\(Base64.encode(try HMAC.sha256(key: key, message: signed)))")
    }
    let key = Array(current.utf8)
    var headers = [
      ("Content-Type", "application/json"),
      ("User-Agent", userAgent),
      ("X-Webhook-Event", delivery.type),
      ("X-Webhook-Delivery", delivery.id.rawValue),
      ("X-Webhook-Timestamp", "\(now)"),
      ("X-Webhook-Signature", Hex.encode(try HMAC.sha256(key: key, message: body))),
      ("webhook-id", delivery.event.rawValue),
      ("webhook-timestamp", "\(now)"),
      ("webhook-signature", signatures.joined(separator: " ")),
    ]
    if let trace = delivery.traceParent { headers.append(("traceparent", trace)) }
    return headers
  }
}
