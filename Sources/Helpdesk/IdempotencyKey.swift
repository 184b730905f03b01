import Cryptography
import Postgres

/// A client's name for a request that it may have to send again, and a fingerprint of the request (IETF
/// draft `draft-ietf-httpapi-idempotency-key-header`).
///
/// A key belongs to an organization, whichever of its API keys and routes it was used with.
public struct IdempotencyKey: Sendable {
  let text: String
  let fingerprint: [UInt8]

  /// The parameters `idempotency_key` and `fingerprint` of functions that create something.
  static func parameters(_ key: IdempotencyKey?) -> [Parameter] {
    [.text(key?.text), key.map { .bytea($0.fingerprint) } ?? .null]
  }

  /// Nil unless the text is 1 to 255 printable ASCII characters.
  /// - Parameter request: everything that distinguishes this request from others
  public init?(_ text: String, of request: [UInt8]) throws {
    guard (1...255).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: " ")...UInt8(ascii: "~")).contains($0) })
    else { return nil }
    self.text = text
    fingerprint = try SHA256.digest(of: request)
  }
}
