import HTTPTypes
import Helpdesk
import Hummingbird
import Postgres

/// The entity tag of a ticket or conversation (RFC 9110, section 8.8.3). Each change gives it another.
///
/// It begins with `updatedAt`, which moves with each change, and alone says whether something has changed. A
/// ticket shows its creator and assignee as well, whose names and roles change by themselves; a hash of them
/// follows.
struct EntityTag: Equatable {
  /// Without quotation marks.
  let text: String

  init(ofConversation row: Row) throws(PostgresError) {
    text = Self.text(try row.timestamp(Conversation.Column.updatedAt.rawValue))
  }

  init(ofConversation conversation: ChangeAnswer) { text = Self.text(conversation.updatedAt) }

  init(ofTicket row: Row) throws(PostgresError) {
    var users = JSONWriter(capacity: 512)
    try users.users(ofTicket: row)
    text = Self.text(
      try row.timestamp(Ticket.Column.updatedAt.rawValue), users: users.buffer.readableBytesView)
  }

  init(ofTicket ticket: ChangeAnswer) throws(PostgresError) {
    text = try ticket.withJSON { json in
      // Within a string, its quotation marks would be escaped.
      let mark = Array(#","createdBy":"#.utf8)
      let start = (0...max(0, json.count - mark.count)).last {
        json[$0...].starts(with: mark)
      }
      return Self.text(ticket.updatedAt, users: json[((start ?? 0) + 1)...].dropLast())
    }
  }

  /// - Parameter users: JSON: the ticket's last members, which are `createdBy` and `assignee`
  private static func text(_ updatedAt: Timestamp, users: some Sequence<UInt8>) -> String {
    // FNV-1a, of 64 bits.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in users { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return "\(text(updatedAt))-\(String(hash, radix: 36))"
  }

  init(text: some StringProtocol) { self.text = String(text) }

  /// As headers have it.
  var quoted: String { "\"\(text)\"" }

  private static func text(_ moment: Timestamp) -> String {
    String(moment.millisecondsSince1970, radix: 36)
  }

  /// `updatedAt` in Unix milliseconds; nil for what was never given out.
  var moment: Int64? {
    let digits = text.prefix { $0 != "-" }
    return Int64(digits, radix: 36).flatMap { String($0, radix: 36) == digits ? $0 : nil }
  }
}

/// The value of `If-Match` or `If-None-Match`.
enum EntityTags: Equatable {
  /// `*`: whatever there is.
  case any
  /// Those in quotation marks. Strong and weak are not told apart: proxies that compress make tags weak.
  case these([EntityTag])

  /// The value of `If-Match`; nil when the request has none.
  /// - Throws: An `APIError` when it cannot be read.
  static func ifMatch(_ request: Request) throws(APIError) -> EntityTags? {
    let values = request.headers[values: .ifMatch]
    guard !values.isEmpty else { return nil }
    guard let tags = EntityTags(values.joined(separator: ",")) else {
      throw APIError.invalid([
        APIError.Detail(
          field: "If-Match",
          message: "If-Match must be * or a list of tags in quotation marks, as an ETag has them")
      ])
    }
    return tags
  }

  init?(_ list: String) {
    let separators: Set<Character> = [" ", "\t", ","]
    var rest = list.drop(while: separators.contains)
    if rest.first == "*", rest.dropFirst().allSatisfy(separators.contains) {
      self = .any
      return
    }
    var tags: [EntityTag] = []
    while !rest.isEmpty {
      if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
      guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
      tags.append(EntityTag(text: rest[rest.index(after: rest.startIndex)..<end]))
      rest = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
      guard rest.isEmpty || rest.first == "," else { return nil }
      rest = rest.drop(while: separators.contains)
    }
    guard !tags.isEmpty else { return nil }
    self = .these(tags)
  }

  func contains(_ tag: EntityTag) -> Bool {
    switch self {
    case .any: true
    case .these(let tags): tags.contains(tag)
    }
  }
}

extension Request {
  /// 304 for a client that has the current version; nil otherwise. An `If-None-Match` that cannot be read is
  /// ignored.
  func notModified(_ tag: EntityTag) -> Response? {
    hasCurrent(tag) ? Response(status: .notModified).tagged(tag) : nil
  }

  /// True if `If-None-Match` lists the tag (RFC 9110, section 13.1.2).
  func hasCurrent(_ tag: EntityTag) -> Bool {
    let values = headers[values: .ifNoneMatch]
    guard !values.isEmpty else { return false }
    return EntityTags(values.joined(separator: ","))?.contains(tag) == true
  }
}

extension Response {
  func tagged(_ tag: EntityTag) -> Response {
    var response = self
    response.headers[.eTag] = tag.quoted
    return response
  }
}
