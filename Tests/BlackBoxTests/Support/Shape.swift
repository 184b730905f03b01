/// What a JSON value must look like. Members that a shape does not name may be there too.
indirect enum Shape: Sendable {
  case id
  case timestamp
  case text
  case number
  case null
  case either(Shape, Shape)
  case list(Shape)
  case object([String: Shape])
  case exactly(JSON)

  /// What differs, each with its path; empty when all is right.
  func faults(_ value: JSON?, at path: String = "") -> [String] {
    guard let value else { return ["\(path) is missing"] }
    switch self {
    case .id: return check(value.string?.wholeMatch(of: /c[a-z0-9]{24}/) != nil, value, path)
    case .timestamp:
      let form = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/
      return check(value.string?.wholeMatch(of: form) != nil, value, path)
    case .text: return check(value.string != nil, value, path)
    case .number: return check(value.int != nil, value, path)
    case .null: return check(value == .null, value, path)
    case .exactly(let expected): return check(value == expected, value, path)
    case .either(let one, let other):
      return one.faults(value, at: path).isEmpty ? [] : other.faults(value, at: path)
    case .list(let item):
      guard let items = value.items else { return ["\(path) is \(value), not a list"] }
      return items.enumerated().flatMap { item.faults($1, at: "\(path)[\($0)]") }
    case .object(let members):
      return members.flatMap { $1.faults(value[$0], at: "\(path).\($0)") }.sorted()
    }
  }

  private func check(_ isRight: Bool, _ value: JSON, _ path: String) -> [String] {
    isRight ? [] : ["\(path) is \(value), not \(self)"]
  }

  func with(_ name: String, _ shape: Shape) -> Shape {
    guard case .object(var members) = self else { return self }
    members[name] = shape
    return .object(members)
  }

  /// The right type, or null.
  static func orNull(_ shape: Shape) -> Shape { .either(.null, shape) }

  static let user = object(["id": .id, "name": .text, "email": .text, "role": .text])

  /// A ticket in a list.
  static let listedTicket = object([
    "id": .id, "ticketNumber": .number, "subject": .text, "status": .text, "priority": .text,
    "source": .text, "tags": .list(.text), "createdAt": .timestamp, "updatedAt": .timestamp,
    "resolvedAt": .orNull(.timestamp), "closedAt": .orNull(.timestamp),
    "mergedIntoId": .orNull(.id), "createdBy": .user, "assignee": .orNull(.user),
  ])
  static let ticket = listedTicket.with("description", .text)
  static let comment = object([
    "id": .id, "content": .text, "author": .user, "createdAt": .timestamp,
  ])
  static let ticketWithComments = ticket.with("comments", .list(.comment))
    .with("commentsNextCursor", .orNull(.text))

  static let conversation = object([
    "id": .id, "status": .text, "visitorName": .text, "visitorEmail": .orNull(.text),
    "createdAt": .timestamp, "updatedAt": .timestamp,
  ])
  static let message = object([
    "id": .id, "senderType": .text, "senderId": .orNull(.id), "content": .text,
    "createdAt": .timestamp,
  ])
  static let conversationWithMessages = conversation.with("messages", .list(.message))
    .with("messagesNextCursor", .orNull(.text))

  /// A page by cursor.
  static func page(_ name: String, of item: Shape) -> Shape {
    object([name: .list(item), "nextCursor": .orNull(.text)])
  }

  static func listing(_ name: String, of item: Shape) -> Shape {
    object([name: .list(item), "total": .number, "limit": .number, "offset": .number])
  }
}
