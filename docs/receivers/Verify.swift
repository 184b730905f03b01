// Verifies webhooks from TacoHelp. Needs swift-crypto, which server frameworks bring along.
//
//   Hummingbird: try ReceivedWebhook.verify(secret: secret, body: body.readableBytesView) {
//     HTTPField.Name($0).flatMap { request.headers[$0] }
//   }
//   Vapor, on a route with body: .collect(maxSize: "1mb"):
//     try ReceivedWebhook.verify(secret: secret, body: body.readableBytesView) {
//       request.headers.first(name: $0)
//     }
import Crypto
import Foundation

enum ReceivedWebhook {
  struct NotGenuine: Error { let reason: String }

  static let tolerance = 5 * 60  // seconds

  /// Standard Webhooks: throws unless one of the signatures is genuine and fresh.
  ///
  /// - Parameters:
  ///   - secret: `whsec_…`
  ///   - body: the bytes as they came, not decoded
  ///   - header: gives a header's value
  static func verify(
    secret: String, body: some Sequence<UInt8>, now: Date = Date(), header: (String) -> String?
  ) throws {
    guard let id = header("webhook-id"), let timestamp = header("webhook-timestamp"),
      let signatures = header("webhook-signature"),
      !id.isEmpty, !timestamp.isEmpty, !signatures.isEmpty
    else { throw NotGenuine(reason: "a webhook header is missing") }
    let now = Int(now.timeIntervalSince1970)
    guard let seconds = Int(timestamp), (now - tolerance...now + tolerance).contains(seconds) else {
      throw NotGenuine(reason: "the timestamp is not within 5 minutes of now")
    }
    var mac = HMAC<SHA256>(key: try key(secret))
    mac.update(data: Data("\(id).\(timestamp).".utf8) + body)
    let expected = "v1," + Data(mac.finalize()).base64EncodedString()
    // Several while a secret is rotated. Versions other than v1 never match.
    guard signatures.split(separator: " ").contains(where: { equal($0, expected) }) else {
      throw NotGenuine(reason: "no signature matches")
    }
  }

  /// `X-Webhook-Signature`: simpler, but a request that someone recorded stays valid.
  static func verifySimple(
    secret: String, body: some Sequence<UInt8>, header: (String) -> String?
  ) throws {
    _ = try key(secret)
    let mac = HMAC<SHA256>.authenticationCode(
      for: Data(body), using: SymmetricKey(data: Data(secret.utf8)))
    let expected = mac.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    guard equal(header("x-webhook-signature") ?? "", expected) else {
      throw NotGenuine(reason: "no signature matches")
    }
  }

  private static func key(_ secret: String) throws -> SymmetricKey {
    // An empty key would let anybody sign.
    guard secret.hasPrefix("whsec_"), let key = Data(base64Encoded: String(secret.dropFirst(6))),
      !key.isEmpty
    else { throw NotGenuine(reason: "the secret must be whsec_ and base64") }
    return SymmetricKey(data: key)
  }

  /// In a time that does not tell where they differ.
  private static func equal(_ given: some StringProtocol, _ expected: String) -> Bool {
    let difference = zip(given.utf8, expected.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) }
    return given.utf8.count == expected.utf8.count && difference == 0
  }
}
