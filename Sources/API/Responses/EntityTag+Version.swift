import HTTPServer
import HTTPTypes
import Helpdesk
import NIOCore
import Postgres

// The entity tags of tickets and conversations. Each change gives another tag. A tag begins with
// `updatedAt`, which moves with each change and alone tells if something has changed. A ticket shows its
// creator and assignee, whose names and roles change independently; a hash of them follows.
extension EntityTag {
  init(ofConversation row: Row) throws(PostgresError) {
    self.init(text: Self.text(try row.timestamp()))
  }

  init(ofConversation conversation: ChangeAnswer) {
    self.init(text: Self.text(conversation.updatedAt))
  }

  init(ofTicket row: Row) throws(PostgresError) {
    var columns = RowReader(row)
    let updatedAt = try columns.timestamp()
    var users = JSONWriter(capacity: 512)
    try users.users(ofTicket: &columns)
    self.init(text: Self.text(updatedAt, users: users.buffer.readableBytesView))
  }

  init(ofTicket ticket: ChangeAnswer) throws(PostgresError) {
    let text = try ticket.withJSON { json in
      // Inside a string, its quotation marks would be escaped.
      let mark = Array(#","createdBy":"#.utf8)
      let start = (0...max(0, json.count - mark.count)).last {
        json[$0...].starts(with: mark)
      }
      return Self.text(ticket.updatedAt, users: json[((start ?? 0) + 1)...].dropLast())
    }
    self.init(text: text)
  }

  /// - Parameter users: JSON: the ticket's last members, `createdBy` and `assignee`
  private static func text(_ updatedAt: Timestamp, users: some Sequence<UInt8>) -> String {
    // 64-bit FNV-1a.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in users { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "\(text(updatedAt))-\(String(hash, radix: 36))"
  }

  private static func text(_ moment: Timestamp) -> String {
    String(moment.millisecondsSince1970, radix: 36)
  }

  /// `updatedAt` in Unix milliseconds; nil for a tag that the server never gave out.
  var moment: Int64? {
    let digits = text.prefix { $0 != "-" }
    return Int64(digits, radix: 36).flatMap { String($0, radix: 36) == digits ? $0 : nil }
  }
}

extension EntityTags {
  /// The value of `If-Match`; nil if the request has none.
  /// - Throws: an `APIError` if it cannot be read
  static func ifMatch(_ request: Request) throws(APIError) -> EntityTags? {
    let values = request.headers[values: .ifMatch]
    guard !values.isEmpty else { return nil }
    guard let tags = EntityTags(values.joined(separator: ",")) else {
      throw APIError.invalid([
        APIError.Detail(
          field: "If-Match",
          message: "If-Match must be * or a list of tags in quotation marks, as in an ETag")
      ])
    }
    return tags
  }
}
