import Cryptography
import Helpdesk

/// The headers of an attempt, signed in both schemes. Source: contract.md, Headers, and the Standard
/// Webhooks specification.
struct Signer: Sendable {
  private static let secretPrefix = "whsec_"

  let userAgent: String

  /// - Parameter version: the server's, for `User-Agent`
  init(version: String) { userAgent = "TacoHelp-Webhooks/\(version)" }

  /// - Parameter now: the attempt's time in Unix seconds
  func headers(for delivery: Delivery, now: Int) throws(CryptographyError) -> [(String, String)] {
    let body = Array(delivery.body.utf8)
    let signed = Array("\(delivery.event).\(now).".utf8) + body
    var signatures: [String] = []
    for secret in delivery.secrets {
      guard let key = Base64.decode(String(secret.dropFirst(Self.secretPrefix.count))) else {
        continue
      }
      signatures.append("v1,\(Base64.encode(try HMAC.sha256(key: key, message: signed)))")
    }
    let key = Array((delivery.secrets.first ?? "").utf8)
    return [
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
  }
}
