import Cryptography
import Foundation
import TestSupport
import Testing

/// A request that a receiver got, and the answer that a sample has to give.
struct ReceivedRequest: Sendable, CustomTestStringConvertible {
  enum Scheme { case standard, simple }

  /// The words with which all samples refuse.
  enum Refusal: String {
    case header = "a webhook header is missing"
    case time = "the timestamp is not within 5 minutes of now"
    case signature = "no signature matches"
    case secret = "the secret must be whsec_ and base64"
  }

  static let secret = "whsec_dGhlIHNlY3JldCBvZiB0aGUgcmVjZWl2ZXIncyB0ZXM="
  static let otherSecret = "whsec_YW5vdGhlciBzZWNyZXQsIG9mIHNvbWVib2R5IGVsc2U="
  static let text = Array(#"{"id" : "cmxyz", "type" : "ticket.updated"}"#.utf8)

  let testDescription: String
  var scheme = Scheme.standard
  /// Nil if it is genuine.
  var refusal: Refusal?
  /// The secret in the receiver's settings.
  var secret = Self.secret
  /// The key that it is signed with.
  var key = Base64.decode(String(Self.secret.dropFirst(6))) ?? []
  var signed = Self.text
  var body = Self.text
  var id: String? = "cmxyz"
  var signedID = "cmxyz"
  /// The header, made from the current time in seconds.
  var timestamp: @Sendable (_ now: Int) -> String? = { "\($0)" }
  /// The header, from the genuine signature.
  var signature: @Sendable (_ genuine: String) -> String? = { $0 }

  init(
    _ name: String, _ scheme: Scheme = .standard, refusal: Refusal? = nil,
    _ change: (inout ReceivedRequest) -> Void = { _ in }
  ) {
    testDescription = scheme == .simple ? "\(name), X-Webhook-Signature" : name
    self.scheme = scheme
    self.refusal = refusal
    // The simple scheme's key is the secret as it is shown.
    if scheme == .simple { key = Array(secret.utf8) }
    change(&self)
  }

  static let all: [ReceivedRequest] = standard + simple

  private static let bytes: [UInt8] = [0x7b, 0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x25, 0x5c, 0x0a, 0x0a]
  private static let emoji = Array(#"{"subject" : "🌮 für Zoë, à la carte 👩🏽‍🍳"}"#.utf8)

  private static let standard: [ReceivedRequest] = [
    .init("genuine"),
    .init("a body with emoji") { ($0.signed, $0.body) = (emoji, emoji) },
    .init("a body that is no text") { ($0.signed, $0.body) = (bytes, bytes) },
    .init("an empty body") { ($0.signed, $0.body) = ([], []) },
    .init("two signatures, the second matches") { request in
      let zeros = Base64.encode([UInt8](repeating: 0, count: 32))
      request.signature = { "v1,\(zeros) \($0)" }
    },
    .init("two signatures, the first matches") { $0.signature = { "\($0) v1,AAAA" } },
    .init("an unknown version beside v1") { $0.signature = { "v2,AAAA v1a,,BBBB= \($0)" } },
    .init("almost too old") { $0.timestamp = { "\($0 - 270)" } },
    .init("almost too early") { $0.timestamp = { "\($0 + 270)" } },

    .init("a byte of the body changed", refusal: .signature) { $0.body[9] ^= 1 },
    .init("a newline added to the body", refusal: .signature) { $0.body.append(0x0a) },
    .init("the body cut to nothing", refusal: .signature) { $0.body = [] },
    .init("another secret", refusal: .signature) { $0.secret = otherSecret },
    .init("another id", refusal: .signature) { $0.id = "cmxyw" },
    .init("signed with the secret as shown", refusal: .signature) { $0.key = Array(secret.utf8) },
    .init("too old", refusal: .time) { $0.timestamp = { "\($0 - 330)" } },
    .init("too early", refusal: .time) { $0.timestamp = { "\($0 + 330)" } },
    .init("milliseconds", refusal: .time) { $0.timestamp = { "\($0 * 1000)" } },
    .init("a time that is no number", refusal: .time) { $0.timestamp = { _ in "now" } },
    .init("a time that is a sum", refusal: .time) { $0.timestamp = { "\($0 - 1)+1" } },
    .init("an endless time", refusal: .time) {
      $0.timestamp = { _ in String(repeating: "9", count: 400) }
    },
    .init("the least time", refusal: .time) { $0.timestamp = { _ in "\(Int.min)" } },
    .init("an unknown version alone", refusal: .signature) {
      $0.signature = { "v2,\($0.dropFirst(3))" }
    },
    .init("no version", refusal: .signature) { $0.signature = { String($0.dropFirst(3)) } },
    .init("no signature after the version", refusal: .signature) { $0.signature = { _ in "v1," } },
    .init("spaces and commas", refusal: .signature) { $0.signature = { _ in " , ,,  v1 v1, " } },
    .init("not base64, not ASCII", refusal: .signature) { $0.signature = { _ in "v1,%*é🌮" } },
    .init("a signature cut short", refusal: .signature) { $0.signature = { "\($0.dropLast())" } },
    .init("a signature too long", refusal: .signature) { $0.signature = { "\($0)=" } },
    .init("an empty signature", refusal: .header) { $0.signature = { _ in "" } },
    .init("no signature header", refusal: .header) { $0.signature = { _ in nil } },
    .init("no timestamp header", refusal: .header) { $0.timestamp = { _ in nil } },
    .init("no id header", refusal: .header) { $0.id = nil },
    .init("no headers", refusal: .header) { request in
      request.id = nil
      request.timestamp = { _ in nil }
      request.signature = { _ in nil }
    },
    .init("no secret, forged", refusal: .secret) { ($0.secret, $0.key) = ("", []) },
    .init("an empty secret, forged", refusal: .secret) { ($0.secret, $0.key) = ("whsec_", []) },
    .init("a secret cut to a letter, forged", refusal: .secret) {
      ($0.secret, $0.key) = ("whsec_A", [])
    },
    .init("a secret that is no base64", refusal: .secret) { $0.secret = "whsec_%&é🌮" },
    .init("a secret without its prefix", refusal: .secret) { $0.secret.removeFirst(6) },
    .init("a secret with a newline", refusal: .secret) { $0.secret.append("\n") },
  ]

  private static let simple: [ReceivedRequest] = [
    .init("genuine", .simple),
    .init("a body that is no text", .simple) { ($0.signed, $0.body) = (bytes, bytes) },
    .init("a byte of the body changed", .simple, refusal: .signature) { $0.body[9] ^= 1 },
    .init("another secret", .simple, refusal: .signature) { $0.secret = otherSecret },
    .init("an empty signature", .simple, refusal: .signature) { $0.signature = { _ in "" } },
    .init("not hex, not ASCII", .simple, refusal: .signature) { $0.signature = { _ in "é🌮" } },
    .init("cut short", .simple, refusal: .signature) { $0.signature = { "\($0.dropLast())" } },
    .init("no secret, forged", .simple, refusal: .secret) { ($0.secret, $0.key) = ("", []) },
    .init("an empty secret, forged", .simple, refusal: .secret) {
      ($0.secret, $0.key) = ("whsec_", Array("whsec_".utf8))
    },
  ]

  /// Headers and secret in the form that the samples' command lines take.
  func environment() throws -> [String: String] {
    let now = Int(Date().timeIntervalSince1970)
    if scheme == .simple {
      let genuine = Hex.encode(try HMAC.sha256(key: key, message: signed))
      return [
        "WEBHOOK_SECRET": secret, "X_WEBHOOK_SIGNATURE": signature(genuine),
      ].compactMapValues { $0 }
    }
    let timestamp = timestamp(now)
    let message = Array("\(signedID).\(timestamp ?? "\(now)").".utf8) + signed
    let genuine = "v1,\(Base64.encode(try HMAC.sha256(key: key, message: message)))"
    return [
      "WEBHOOK_SECRET": secret, "WEBHOOK_ID": id, "WEBHOOK_TIMESTAMP": timestamp,
      "WEBHOOK_SIGNATURE": signature(genuine),
    ].compactMapValues { $0 }
  }

  /// Passes itself to a sample's command line, and expects its exit status and words.
  func check(_ program: String, _ arguments: [String]) async throws {
    let environment = try environment()
    try await withFile(body) { path in
      let process = try await TestProcess(program, arguments + [path], environment: environment)
      #expect(try await process.exitStatus() == (refusal == nil ? 0 : 1))
      #expect(process.output == "\(refusal?.rawValue ?? "ok")\n")
    }
  }
}
