import Cryptography

/// A secret with which an organization's program calls the API.
public enum APIKey {
  /// A permission of a key. Writing does not include reading.
  public enum Scope: String, Sendable, CaseIterable {
    case readTickets = "tickets:read"
    case writeTickets = "tickets:write"
    case readChat = "chat:read"
    case writeChat = "chat:write"
  }

  /// The scopes of one key, or `*` for all of them.
  public struct Scopes: Sendable, Equatable {
    private let bits: UInt8

    init(_ names: [String]) {
      var bits: UInt8 = 0
      for (index, scope) in Scope.allCases.enumerated()
      where names.contains("*") || names.contains(scope.rawValue) {
        bits |= 1 << UInt8(index)
      }
      self.bits = bits
    }

    public func contains(_ scope: Scope) -> Bool {
      guard let index = Scope.allCases.firstIndex(of: scope) else { return false }
      return bits & (1 << UInt8(index)) != 0
    }
  }

  /// The SHA-256 of a key, under which it is stored; nil if the text does not have the form of a key,
  /// which is `th_` and 43 characters of base64url.
  public static func hash(ofKey text: some StringProtocol) throws -> [UInt8]? {
    let bytes = text.utf8
    guard bytes.count == 46, bytes.starts(with: "th_".utf8),
      bytes.dropFirst(3).allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      })
    else { return nil }
    return try SHA256.digest(of: bytes)
  }
}
