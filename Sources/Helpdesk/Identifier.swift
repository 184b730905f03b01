/// An id of some kind of thing, so that a ticket's cannot be taken for a user's.
///
/// 25 characters, `^c[a-z0-9]{24}$`, sortable by creation time; made by `helpdesk.new_id` in SQL.
public struct Identifier<Entity>: Sendable, Hashable, CustomStringConvertible {
  public let rawValue: String

  /// Nil when the text does not have the form of an id: then no such thing can exist.
  public init?(_ text: some StringProtocol) {
    let bytes = text.utf8
    guard bytes.count == 25, bytes.first == UInt8(ascii: "c"),
      bytes.allSatisfy({
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      })
    else { return nil }
    rawValue = String(text)
  }

  /// The id of nothing. It stands in for malformed ids, so that they are answered like any other id
  /// that does not exist.
  public static var ofNothing: Self { Self(stored: "") }

  /// An id that the database gave.
  init(stored: String) { rawValue = stored }

  public var description: String { rawValue }
}

extension String {
  /// True if it can be an id that others have chosen: so many characters of `[A-Za-z0-9._-]`.
  public func isPlainID(_ length: ClosedRange<Int>) -> Bool {
    length.contains(utf8.count)
      && utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

public typealias OrganizationID = Identifier<Organization>
public typealias UserID = Identifier<User>
public typealias APIKeyID = Identifier<APIKey>
public typealias TicketID = Identifier<Ticket>
public typealias ConversationID = Identifier<Conversation>
