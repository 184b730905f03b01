import Cryptography
public import Postgres

/// The position of a comment in its ticket, or of a message in its conversation, as clients send it back:
/// the next page begins after it.
///
/// It holds the item's time and id and refers to no row, so it stays valid when the item moves to
/// another ticket. Comments that a merge brings in may sort before it.
public struct ItemCursor: Sendable, Equatable {
  /// The moments that PostgreSQL can store, 4714 BC to 294276 AD: source, `IS_VALID_TIMESTAMP` in its
  /// `datatype/timestamp.h`.
  private static let moments: Range<Int64> = -211_813_488_000_000_000..<9_223_371_331_200_000_000
  private static let idLength = 25

  let createdAt: Timestamp
  let id: String

  public init(createdAt: Timestamp, id: String) {
    self.createdAt = createdAt
    self.id = id
  }

  /// Nil unless `text(in:)` made the text for the same parent.
  public init?<Parent>(_ text: String, in parent: Identifier<Parent>) {
    guard let bytes = Base64URL.decode(text), bytes.count == 8 + 2 * Self.idLength else {
      return nil
    }
    let moment = bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let ids = String(decoding: bytes[8...], as: UTF8.self)
    let microseconds = Int64(bitPattern: moment)
    guard ids.hasPrefix(parent.rawValue), parent.rawValue.utf8.count == Self.idLength,
      let id = Identifier<Parent>(ids.dropFirst(Self.idLength)),
      Self.moments.contains(microseconds)
    else { return nil }
    self.init(createdAt: Timestamp(microsecondsSince2000: microseconds), id: id.rawValue)
  }

  /// The form for clients: base64url of the time, the parent's id and the item's.
  public func text<Parent>(in parent: Identifier<Parent>) -> String {
    let moment = UInt64(bitPattern: createdAt.microsecondsSince2000)
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: moment >> (56 - 8 * $0)) }
    return Base64URL.encode(bytes + Array(parent.rawValue.utf8) + Array(id.utf8))
  }
}
