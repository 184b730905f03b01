/// An id for one kind of object, so that a ticket's cannot be mistaken for a user's.
///
/// 25 characters, `^c[a-z0-9]{24}$`, sortable by creation time; made by `helpdesk.new_id` in SQL.
public struct Identifier<Entity>: Sendable, Hashable, CustomStringConvertible {
  public let rawValue: String

  /// Nil if the text does not have the form of an id: then no such object can exist.
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

  /// An id that nothing has. It stands in for malformed ids, so that they get the same answer as any
  /// other id that does not exist.
  public static var ofNothing: Self { Self(stored: "") }

  /// An id read from the database.
  init(stored: String) { rawValue = stored }

  public var description: String { rawValue }
}

extension String {
  /// True if the text can be an id chosen by others: `length` characters of `[A-Za-z0-9._-]`.
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
